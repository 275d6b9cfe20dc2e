use std::fmt;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use crate::EventShape;

/// A week, named by its Monday (ISO 8601); any other day is refused.
///
/// It is a week of local days: which instants belong to it depends on where somebody lives. Years
/// from 1900 to 9998 are taken, so that every week has a first and a last day and a neighbour.
///
/// # Examples
///
/// ```
/// use chrono::NaiveDate;
/// use events::nutrition::WeekStart;
///
/// let monday: NaiveDate = "2026-10-26".parse()?;
/// let week = WeekStart::new(monday)?;
/// assert_eq!(week, WeekStart::containing("2026-11-01".parse()?)?);
/// assert_eq!(week.to_string(), "week of 2026-10-26");
/// assert!(serde_json::from_str::<WeekStart>("\"2026-10-27\"").is_err()); // a Tuesday
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EventShape)]
#[serde(try_from = "NaiveDate", into = "NaiveDate")]
pub struct WeekStart(NaiveDate);

impl WeekStart {
    /// Takes the Monday that a week begins with.
    ///
    /// # Errors
    ///
    /// [`WeekError::NotMonday`] for another day, [`WeekError::Year`] outside 1900 to 9998.
    pub fn new(monday: NaiveDate) -> Result<Self, WeekError> {
        if !(1900..=9998).contains(&monday.year()) {
            return Err(WeekError::Year { refused: monday });
        }
        match monday.weekday() {
            Weekday::Mon => Ok(Self(monday)),
            weekday => Err(WeekError::NotMonday { refused: monday, weekday }),
        }
    }

    /// The week that a day belongs to.
    ///
    /// # Errors
    ///
    /// [`WeekError::Year`], if the Monday of that week is outside 1900 to 9998.
    pub fn containing(day: NaiveDate) -> Result<Self, WeekError> {
        let back = u64::from(day.weekday().num_days_from_monday());
        let monday = day.checked_sub_days(Days::new(back)).ok_or(WeekError::Year { refused: day })?;
        Self::new(monday).map_err(|_| WeekError::Year { refused: day })
    }

    /// The Monday.
    pub fn first_day(self) -> NaiveDate {
        self.0
    }

    /// The Sunday.
    pub fn last_day(self) -> NaiveDate {
        self.plus_days(6)
    }

    /// The seven days, Monday to Sunday.
    pub fn days(self) -> impl Iterator<Item = NaiveDate> {
        (0..7).map(move |days| self.plus_days(days))
    }

    /// Whether a day belongs to it.
    pub fn contains(self, day: NaiveDate) -> bool {
        (self.first_day()..=self.last_day()).contains(&day)
    }

    /// Whether it ended before a day began.
    pub fn is_over_on(self, day: NaiveDate) -> bool {
        self.last_day() < day
    }

    /// Whether a later week than the one after this one has begun on a day: it is older than last
    /// week.
    ///
    /// ```
    /// # use events::nutrition::WeekStart;
    /// let week = WeekStart::new("2026-10-26".parse()?)?;
    /// assert!(!week.is_older_than_last_week("2026-11-08".parse()?));
    /// assert!(week.is_older_than_last_week("2026-11-09".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_older_than_last_week(self, today: NaiveDate) -> bool {
        self.plus_days(14) <= today
    }

    fn plus_days(self, days: u64) -> NaiveDate {
        // The years are bounded far below chrono's last day, so there always is such a day.
        self.0.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX)
    }
}

/// A date that no week begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WeekError {
    /// Another day of the week.
    #[error("a week begins on a Monday, {refused} is a {weekday}")]
    NotMonday {
        /// The date that was refused.
        refused: NaiveDate,
        /// Its day of the week.
        weekday: Weekday,
    },
    /// A year outside 1900 to 9998.
    #[error("{refused} is outside the years 1900 to 9998")]
    Year {
        /// The date that was refused.
        refused: NaiveDate,
    },
}

impl TryFrom<NaiveDate> for WeekStart {
    type Error = WeekError;

    fn try_from(monday: NaiveDate) -> Result<Self, WeekError> {
        Self::new(monday)
    }
}

impl From<WeekStart> for NaiveDate {
    fn from(week: WeekStart) -> Self {
        week.0
    }
}

impl fmt::Display for WeekStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "week of {}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn only_a_monday_begins_a_week_also_when_decoded() {
        assert!(WeekStart::new(day("2026-10-26")).is_ok());
        for (offset, weekday) in [(1, Weekday::Tue), (5, Weekday::Sat), (6, Weekday::Sun)] {
            let refused = day("2026-10-26") + Days::new(offset);
            assert_eq!(WeekStart::new(refused), Err(WeekError::NotMonday { refused, weekday }));
        }
        assert!(serde_json::from_str::<WeekStart>("\"2026-10-26\"").is_ok());
        assert!(serde_json::from_str::<WeekStart>("\"2026-10-25\"").is_err());
    }

    #[test]
    fn every_day_belongs_to_the_week_of_its_monday() {
        let week = WeekStart::new(day("2026-12-28")).unwrap();
        assert_eq!(week.days().count(), 7);
        assert!(week.days().all(|day| WeekStart::containing(day) == Ok(week) && week.contains(day)));
        assert_eq!(week.last_day(), day("2027-01-03"));
        assert!(!week.is_over_on(day("2027-01-03")) && week.is_over_on(day("2027-01-04")));
    }

    #[test]
    fn the_ends_of_the_calendar_are_errors_and_not_panics() {
        for refused in [NaiveDate::MIN, NaiveDate::MAX, day("1899-12-31"), day("9999-01-05")] {
            assert_eq!(WeekStart::containing(refused), Err(WeekError::Year { refused }));
        }
    }
}
