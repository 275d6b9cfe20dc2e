//! The food diary: meals, and the reports of the weeks they make up.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{
    DayTotal, EnergyTotal, Kilocalories, MealDescription, MealId, MealLogged, ReportId, WeekStart, WeeklyMetrics,
    WeeklyMetricsError, WeeklyReportGenerated,
};
use crate::prelude::*;

/// What one user has eaten. Its stream is `nutrition.food_diary/<user id>`.
///
/// Days are local: a meal belongs to the day that its timestamp's offset says, and the diary's own
/// offset is that of its latest meal.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FoodDiary {
    meals: BTreeMap<MealId, Meal>,
    days: BTreeMap<NaiveDate, DayTotal>,
    reports: BTreeMap<WeekStart, ReportId>,
    latest: Option<DateTime<FixedOffset>>,
}

/// What makes a second notice of a meal the same meal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Meal {
    calories: Kilocalories,
    timestamp: DateTime<FixedOffset>,
}

impl FoodDiary {
    /// How many meals it has.
    pub fn meal_count(&self) -> usize {
        self.meals.len()
    }

    /// The total of a local day, if anything was eaten.
    pub fn day(&self, day: NaiveDate) -> Option<DayTotal> {
        self.days.get(&day).copied()
    }

    /// The week in numbers, as far as it has been written down.
    ///
    /// # Errors
    ///
    /// [`WeeklyMetricsError::NoMeals`], if it has no meals.
    pub fn week(&self, week: WeekStart) -> Result<WeeklyMetrics, WeeklyMetricsError> {
        let days = self.days.range(week.first_day()..=week.last_day());
        WeeklyMetrics::new(week, days.map(|(_, total)| *total).collect())
    }

    /// The report of a week, if it has been generated.
    pub fn report(&self, week: WeekStart) -> Option<ReportId> {
        self.reports.get(&week).copied()
    }

    /// What day it is where the latest meal was eaten.
    fn local_day(&self, now: DateTime<Utc>) -> NaiveDate {
        match self.latest {
            Some(meal) => now.with_timezone(meal.offset()).date_naive(),
            None => now.date_naive(),
        }
    }
}

#[aggregate(name = "nutrition.food_diary", snapshot_every = 100)]
impl FoodDiary {
    /// Writes down a meal. The same meal again gives no event.
    ///
    /// # Errors
    ///
    /// [`FoodDiaryError::MealDiffers`], if the meal is known with another energy or time,
    /// [`FoodDiaryError::InTheFuture`], if it hasn't been eaten yet.
    pub fn log_meal(
        diary: &AggregateRoot<FoodDiary>,
        meal_id: MealId,
        calories: Kilocalories,
        timestamp: DateTime<FixedOffset>,
        description: Option<MealDescription>,
    ) -> Result<Option<MealLogged>, FoodDiaryError> {
        match diary.meals.get(&meal_id) {
            Some(known) if *known == (Meal { calories, timestamp }) => return Ok(None),
            Some(_) => return Err(FoodDiaryError::MealDiffers { refused: meal_id }),
            None => {}
        }
        let now = diary.now();
        if timestamp > now {
            return Err(FoodDiaryError::InTheFuture { refused: timestamp, now });
        }
        Ok(Some(MealLogged { user_id: *diary.id(), meal_id, calories, timestamp, description }))
    }

    /// Sums up a week. The same report again gives no event.
    ///
    /// # Errors
    ///
    /// [`FoodDiaryError::AlreadyReported`], if the week has another report,
    /// [`FoodDiaryError::NotOver`], if it isn't over where the latest meal was eaten,
    /// [`FoodDiaryError::Week`], if it has no meals.
    pub fn report_week(
        diary: &AggregateRoot<FoodDiary>,
        report_id: ReportId,
        week: WeekStart,
    ) -> Result<Option<WeeklyReportGenerated>, FoodDiaryError> {
        match diary.report(week) {
            Some(known) if known == report_id => return Ok(None),
            Some(_) => return Err(FoodDiaryError::AlreadyReported { week, refused: report_id }),
            None => {}
        }
        let today = diary.local_day(diary.now());
        if !week.is_over_on(today) {
            return Err(FoodDiaryError::NotOver { refused: week, today });
        }
        let metrics = diary.week(week).map_err(FoodDiaryError::Week)?;
        Ok(Some(WeeklyReportGenerated { user_id: *diary.id(), report_id, metrics }))
    }

    #[when]
    fn meal_logged(&mut self, event: &MealLogged) {
        let day = event.timestamp.date_naive();
        let total = self.days.entry(day).or_insert(DayTotal { day, meals: 0, energy: EnergyTotal::ZERO });
        total.meals = total.meals.saturating_add(1);
        total.energy = total.energy + event.calories.into();
        self.latest = self.latest.max(Some(event.timestamp));
        let meal = Meal { calories: event.calories, timestamp: event.timestamp };
        self.meals.insert(event.meal_id, meal);
    }

    #[when]
    fn week_reported(&mut self, event: &WeeklyReportGenerated) {
        self.reports.insert(event.metrics.week_start(), event.report_id);
    }
}

/// Why a command of a [`FoodDiary`] was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FoodDiaryError {
    /// The meal is known, with another energy or time.
    #[error("meal {refused} has been logged with another energy or time")]
    MealDiffers {
        /// The meal that was refused.
        refused: MealId,
    },
    /// The meal's time has not come.
    #[error("{refused} is in the future, it is {now}")]
    InTheFuture {
        /// The time that was refused.
        refused: DateTime<FixedOffset>,
        /// The time it was.
        now: DateTime<Utc>,
    },
    /// The week has another report.
    #[error("the {week} has a report already")]
    AlreadyReported {
        /// The week.
        week: WeekStart,
        /// The report that was refused.
        refused: ReportId,
    },
    /// The week goes on.
    #[error("the {refused} is not over on {today}")]
    NotOver {
        /// The week that was refused.
        refused: WeekStart,
        /// The day it was, where the latest meal was eaten.
        today: NaiveDate,
    },
    /// There is nothing to report.
    #[error("the week can't be reported")]
    Week(#[source] WeeklyMetricsError),
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;
