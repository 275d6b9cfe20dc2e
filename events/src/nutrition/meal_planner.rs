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

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::nutrition::UserId;
    use crate::testing::given;

    fn ada() -> UserId {
        Uuid::from_u128(1).into()
    }

    fn plan(number: u128) -> PlanId {
        Uuid::from_u128(number).into()
    }

    fn week(monday: &str) -> WeekStart {
        WeekStart::new(monday.parse().unwrap()).unwrap()
    }

    fn created() -> MealPlanCreated {
        MealPlanCreated { user_id: ada(), plan_id: plan(1), week_start: week("2026-10-26") }
    }

    #[test]
    fn a_week_has_one_plan() {
        let on = "2026-10-25T12:00:00Z".parse().unwrap();
        let create = |number| {
            move |root: &AggregateRoot<MealPlanner>| MealPlanner::create_plan(root, plan(number), week("2026-10-26"))
        };
        given::<MealPlanner>(ada(), ()).at(on).when(create(1)).then(created());
        given::<MealPlanner>(ada(), created()).at(on).when(create(1)).then_nothing();
        given::<MealPlanner>(ada(), created())
            .at(on)
            .when(create(2))
            .then_error(MealPlannerError::AlreadyPlanned { week: week("2026-10-26"), refused: plan(2) });
    }

    #[test]
    fn last_week_may_be_planned_and_the_one_before_may_not() {
        let create = |root: &AggregateRoot<MealPlanner>| MealPlanner::create_plan(root, plan(1), week("2026-10-26"));
        let sunday = "2026-11-08T23:59:59Z".parse().unwrap();
        given::<MealPlanner>(ada(), ()).at(sunday).when(create).then(created());
        let monday: chrono::DateTime<chrono::Utc> = "2026-11-09T00:00:00Z".parse().unwrap();
        let too_old = MealPlannerError::TooOld { refused: week("2026-10-26"), today: monday.date_naive() };
        given::<MealPlanner>(ada(), ()).at(monday).when(create).then_error(too_old);
        // Known plans are known for ever: an old notice that comes again is no mistake.
        given::<MealPlanner>(ada(), created()).at(monday).when(create).then_nothing();
    }
}
