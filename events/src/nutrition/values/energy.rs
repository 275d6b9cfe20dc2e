use std::fmt;
use std::iter::Sum;
use std::ops::Add;

use serde::{Deserialize, Serialize};

use crate::EventShape;

/// The energy of one meal: whole kilocalories, from 0 to 10,000.
///
/// No decimals, on purpose: food tables and labels are rounded to whole kilocalories, a portion is
/// known to some ten per cent at best, and whole numbers add up the same in every order. A hearty
/// meal has some 1,500, so more than 10,000 is a slip of the finger (grams, or joules).
///
/// # Examples
///
/// ```
/// use events::nutrition::Kilocalories;
///
/// let porridge = Kilocalories::new(349)?;
/// assert_eq!(porridge.to_string(), "349 kcal");
/// assert_eq!(Kilocalories::new(10_001).unwrap_err().refused(), 10_001);
/// assert!(serde_json::from_str::<Kilocalories>("-1").is_err());
/// # Ok::<(), events::nutrition::TooManyKilocalories>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EventShape)]
#[serde(try_from = "u32", into = "u32")]
pub struct Kilocalories(u32);

impl Kilocalories {
    /// The most that one meal may have.
    pub const MAX: Self = Self(10_000);

    /// Takes a number of kilocalories.
    ///
    /// # Errors
    ///
    /// [`TooManyKilocalories`], if it is over [`Kilocalories::MAX`].
    pub const fn new(kilocalories: u32) -> Result<Self, TooManyKilocalories> {
        if kilocalories > Self::MAX.0 {
            return Err(TooManyKilocalories { refused: kilocalories });
        }
        Ok(Self(kilocalories))
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// A number of kilocalories that no meal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{refused} kcal are too many for a meal, the limit is {}", Kilocalories::MAX.0)]
pub struct TooManyKilocalories {
    refused: u32,
}

impl TooManyKilocalories {
    /// The number that was refused.
    pub fn refused(&self) -> u32 {
        self.refused
    }
}

/// The energy of several meals, of a day or a week.
///
/// A type of its own because it may be more than one meal can have. It can't overflow: the largest
/// total takes more meals than there are bytes in the world's storage; adding stops at the largest
/// number all the same.
///
/// # Examples
///
/// ```
/// use events::nutrition::{EnergyTotal, Kilocalories};
///
/// let meals = [Kilocalories::new(349)?, Kilocalories::new(812)?];
/// let day: EnergyTotal = meals.into_iter().sum();
/// assert_eq!((day + day).to_string(), "2322 kcal");
/// # Ok::<(), events::nutrition::TooManyKilocalories>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EventShape)]
#[serde(transparent)]
pub struct EnergyTotal(u64);

impl EnergyTotal {
    /// No meal, no energy.
    pub const ZERO: Self = Self(0);

    /// The number of kilocalories.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The total in equal parts, rounded to the nearest kilocalorie; of no parts, the total itself.
    ///
    /// ```
    /// # use events::nutrition::{EnergyTotal, Kilocalories};
    /// let total = EnergyTotal::from(Kilocalories::new(1_000)?);
    /// assert_eq!(total.divided_by(3).get(), 333);
    /// assert_eq!(total.divided_by(0), total);
    /// # Ok::<(), events::nutrition::TooManyKilocalories>(())
    /// ```
    pub const fn divided_by(self, parts: u32) -> Self {
        if parts == 0 {
            return self;
        }
        Self(self.0.saturating_add(parts as u64 / 2) / parts as u64)
    }
}

impl From<Kilocalories> for EnergyTotal {
    fn from(meal: Kilocalories) -> Self {
        Self(u64::from(meal.0))
    }
}

impl Add for EnergyTotal {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for EnergyTotal {
    fn sum<I: Iterator<Item = Self>>(totals: I) -> Self {
        totals.fold(Self::ZERO, Add::add)
    }
}

impl Sum<Kilocalories> for EnergyTotal {
    fn sum<I: Iterator<Item = Kilocalories>>(meals: I) -> Self {
        meals.map(Self::from).sum()
    }
}

impl TryFrom<u32> for Kilocalories {
    type Error = TooManyKilocalories;

    fn try_from(kilocalories: u32) -> Result<Self, TooManyKilocalories> {
        Self::new(kilocalories)
    }
}

impl From<Kilocalories> for u32 {
    fn from(kilocalories: Kilocalories) -> Self {
        kilocalories.0
    }
}

impl fmt::Display for Kilocalories {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} kcal", self.0)
    }
}

impl fmt::Display for EnergyTotal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} kcal", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_themselves_are_allowed() {
        assert_eq!(Kilocalories::new(0).unwrap().get(), 0);
        assert_eq!(Kilocalories::new(10_000), Ok(Kilocalories::MAX));
        let error = Kilocalories::new(10_001).unwrap_err();
        assert_eq!(error.to_string(), "10001 kcal are too many for a meal, the limit is 10000");
    }

    #[test]
    fn decoding_refuses_what_the_constructor_refuses() {
        for json in ["10001", "-1", "1.5", "\"10\"", "null"] {
            assert!(serde_json::from_str::<Kilocalories>(json).is_err(), "{json}");
        }
        assert_eq!(serde_json::to_string(&Kilocalories::MAX).unwrap(), "10000");
    }

    #[test]
    fn adding_stops_at_the_largest_total() {
        assert_eq!(EnergyTotal(u64::MAX) + EnergyTotal(1), EnergyTotal(u64::MAX));
    }
}
