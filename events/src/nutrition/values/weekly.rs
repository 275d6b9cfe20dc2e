use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{EnergyTotal, WeekStart};
use crate::EventShape;

/// What was eaten on one local day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EventShape)]
pub struct DayTotal {
    /// The day, where the person was.
    pub day: NaiveDate,
    /// How many meals.
    pub meals: u32,
    /// Their energy.
    pub energy: EnergyTotal,
}

/// A week of a food diary in numbers: a line for each day with meals.
///
/// What follows from the days (totals, the average) is computed and not stored, so it can't
/// contradict them.
///
/// # Examples
///
/// ```
/// use events::nutrition::{DayTotal, Kilocalories, WeekStart, WeeklyMetrics};
///
/// let week = WeekStart::new("2026-10-26".parse()?)?;
/// let day = |day: &str, kcal| -> Result<DayTotal, Box<dyn std::error::Error>> {
///     Ok(DayTotal { day: day.parse()?, meals: 3, energy: Kilocalories::new(kcal)?.into() })
/// };
/// let metrics = WeeklyMetrics::new(week, vec![day("2026-10-26", 1_900)?, day("2026-10-28", 2_100)?])?;
/// assert_eq!(metrics.average_per_day().get(), 2_000); // of the days with meals
/// assert_eq!(metrics.meals(), 6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, EventShape)]
#[serde(try_from = "RawMetrics")]
pub struct WeeklyMetrics {
    week_start: WeekStart,
    days: Vec<DayTotal>,
}

impl WeeklyMetrics {
    /// Takes the days with meals, in order.
    ///
    /// # Errors
    ///
    /// [`WeeklyMetricsError`], if there is none, one is of another week, out of order, twice, or
    /// without a meal.
    pub fn new(week_start: WeekStart, days: Vec<DayTotal>) -> Result<Self, WeeklyMetricsError> {
        if days.is_empty() {
            return Err(WeeklyMetricsError::NoMeals { week: week_start });
        }
        let mut previous = None;
        for DayTotal { day, meals, .. } in &days {
            if !week_start.contains(*day) {
                return Err(WeeklyMetricsError::OtherWeek { week: week_start, refused: *day });
            }
            if *meals == 0 || previous.is_some_and(|previous| previous >= *day) {
                return Err(WeeklyMetricsError::Day { refused: *day });
            }
            previous = Some(*day);
        }
        Ok(Self { week_start, days })
    }

    /// The week.
    pub fn week_start(&self) -> WeekStart {
        self.week_start
    }

    /// The days with meals, in order.
    pub fn days(&self) -> &[DayTotal] {
        &self.days
    }

    /// How many meals there were.
    pub fn meals(&self) -> u32 {
        self.days.iter().fold(0, |meals, day| meals.saturating_add(day.meals))
    }

    /// The energy of all of them.
    pub fn energy(&self) -> EnergyTotal {
        self.days.iter().map(|day| day.energy).sum()
    }

    /// The energy of a day with meals, on average: a day without an entry says nothing.
    pub fn average_per_day(&self) -> EnergyTotal {
        // At most seven days fit into a week.
        self.energy().divided_by(self.days.len() as u32)
    }
}

/// Days that don't make up a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WeeklyMetricsError {
    /// There is nothing to count.
    #[error("the {week} has no meals")]
    NoMeals {
        /// The week.
        week: WeekStart,
    },
    /// A day of another week.
    #[error("{refused} is not in the {week}")]
    OtherWeek {
        /// The week.
        week: WeekStart,
        /// The day that was refused.
        refused: NaiveDate,
    },
    /// A day without a meal, out of order, or for the second time.
    #[error("{refused} has no meals or is out of order")]
    Day {
        /// The day that was refused.
        refused: NaiveDate,
    },
}

#[derive(Deserialize, EventShape)]
struct RawMetrics {
    week_start: WeekStart,
    days: Vec<DayTotal>,
}

impl TryFrom<RawMetrics> for WeeklyMetrics {
    type Error = WeeklyMetricsError;

    fn try_from(raw: RawMetrics) -> Result<Self, WeeklyMetricsError> {
        Self::new(raw.week_start, raw.days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: &str, meals: u32) -> DayTotal {
        DayTotal { day: day.parse().unwrap(), meals, energy: EnergyTotal::ZERO }
    }

    #[test]
    fn the_days_must_be_of_the_week_in_order_and_with_meals() {
        let week = WeekStart::new("2026-10-26".parse().unwrap()).unwrap();
        let (monday, sunday) = (day("2026-10-26", 3), day("2026-11-01", 1));
        assert!(WeeklyMetrics::new(week, vec![monday, sunday]).is_ok());
        let refused = |days| WeeklyMetrics::new(week, days).unwrap_err();
        assert_eq!(refused(vec![]), WeeklyMetricsError::NoMeals { week });
        assert_eq!(refused(vec![sunday, monday]), WeeklyMetricsError::Day { refused: monday.day });
        assert_eq!(refused(vec![monday, monday]), WeeklyMetricsError::Day { refused: monday.day });
        assert_eq!(refused(vec![day("2026-10-26", 0)]), WeeklyMetricsError::Day { refused: monday.day });
        let next = day("2026-11-02", 1);
        assert_eq!(refused(vec![next]), WeeklyMetricsError::OtherWeek { week, refused: next.day });
    }

    #[test]
    fn decoding_goes_through_the_same_check() {
        let good = r#"{"week_start":"2026-10-26","days":[{"day":"2026-10-27","meals":2,"energy":900}]}"#;
        let metrics: WeeklyMetrics = serde_json::from_str(good).unwrap();
        assert_eq!(serde_json::to_string(&metrics).unwrap(), good);
        for bad in [r#"{"week_start":"2026-10-26","days":[]}"#, &good.replace("10-27", "10-25")] {
            assert!(serde_json::from_str::<WeeklyMetrics>(bad).is_err(), "{bad}");
        }
    }
}
