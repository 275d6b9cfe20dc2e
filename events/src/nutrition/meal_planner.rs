//! The meal planner: one plan per user and week.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{MealPlanCreated, PlanId, WeekStart};
use crate::prelude::*;

/// The plans of one user. Its stream is `nutrition.meal_planner/<user id>`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MealPlanner {
    plans: BTreeMap<WeekStart, PlanId>,
}

impl MealPlanner {
    /// The plan for a week, if there is one.
    pub fn plan(&self, week: WeekStart) -> Option<PlanId> {
        self.plans.get(&week).copied()
    }
}

#[aggregate(name = "nutrition.meal_planner", snapshot_every = 100)]
impl MealPlanner {
    /// Creates the plan for a week. The same plan for the same week again gives no event.
    ///
    /// Last week may still be planned, for those who write down on Monday what they ate; "today" is
    /// the day in UTC.
    ///
    /// # Errors
    ///
    /// [`MealPlannerError::AlreadyPlanned`], if the week has another plan,
    /// [`MealPlannerError::TooOld`], if the week is older than last week.
    pub fn create_plan(
        planner: &AggregateRoot<MealPlanner>,
        plan_id: PlanId,
        week_start: WeekStart,
    ) -> Result<Option<MealPlanCreated>, MealPlannerError> {
        let today = planner.now().date_naive();
        match planner.plan(week_start) {
            Some(known) if known == plan_id => Ok(None),
            Some(_) => Err(MealPlannerError::AlreadyPlanned { week: week_start, refused: plan_id }),
            None if week_start.is_older_than_last_week(today) => {
                Err(MealPlannerError::TooOld { refused: week_start, today })
            }
            None => Ok(Some(MealPlanCreated { user_id: *planner.id(), plan_id, week_start })),
        }
    }

    #[when]
    fn created(&mut self, event: &MealPlanCreated) {
        self.plans.insert(event.week_start, event.plan_id);
    }
}

/// Why a plan was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MealPlannerError {
    /// The week has another plan.
    #[error("the {week} has a plan already")]
    AlreadyPlanned {
        /// The week.
        week: WeekStart,
        /// The plan that was refused.
        refused: PlanId,
    },
    /// The week is older than last week.
    #[error("the {refused} is too long ago to be planned on {today}")]
    TooOld {
        /// The week that was refused.
        refused: WeekStart,
        /// The day it was, in UTC.
        today: NaiveDate,
    },
}
