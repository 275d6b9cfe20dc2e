use std::fmt;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::EventShape;

/// What a goal is about; it fixes the unit, the direction and the plausible range.
///
/// # Examples
///
/// ```
/// use events::nutrition::{Direction, GoalTarget, GoalType, Unit};
///
/// let goal = GoalType::DailyEnergy;
/// assert_eq!((goal.unit(), goal.direction()), (Unit::Kilocalories, Direction::AtMost));
///
/// let target = goal.target(2_000)?;
/// assert!(goal.is_met(target, 1_950) && !goal.is_met(target, 2_050));
/// assert_eq!(goal.target(20).unwrap_err().to_string(), "20 kcal is no plausible target, it is from 800 kcal to 6000 kcal");
/// # Ok::<(), events::nutrition::ImplausibleGoal>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EventShape)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GoalType {
    /// Eat no more energy a day.
    DailyEnergy,
    /// Eat no less protein a day.
    DailyProtein,
    /// Eat no less fibre a day.
    DailyFibre,
    /// Eat no more sugar a day.
    DailySugar,
    /// Drink no less water a day.
    DailyWater,
    /// Walk no fewer steps a day.
    DailySteps,
    /// Sleep no less a night.
    NightlySleep,
    /// Come to a weight and stay there.
    BodyWeight,
}

impl GoalType {
    /// What the target counts.
    pub const fn unit(self) -> Unit {
        match self {
            Self::DailyEnergy => Unit::Kilocalories,
            Self::DailyProtein | Self::DailyFibre | Self::DailySugar | Self::BodyWeight => Unit::Grams,
            Self::DailyWater => Unit::Millilitres,
            Self::DailySteps => Unit::Steps,
            Self::NightlySleep => Unit::Minutes,
        }
    }

    /// On which side of the target the goal is met.
    pub const fn direction(self) -> Direction {
        match self {
            Self::DailyEnergy | Self::DailySugar => Direction::AtMost,
            Self::DailyProtein | Self::DailyFibre | Self::DailyWater | Self::DailySteps | Self::NightlySleep => {
                Direction::AtLeast
            }
            Self::BodyWeight => Direction::Near,
        }
    }

    /// The targets that somebody can mean, in its unit.
    ///
    /// Wide on purpose: they catch a slip (kilograms for grams, joules for kilocalories), they don't
    /// advise.
    pub const fn range(self) -> RangeInclusive<u32> {
        match self {
            Self::DailyEnergy => 800..=6_000,
            Self::DailyProtein => 10..=400,
            Self::DailyFibre => 5..=100,
            Self::DailySugar => 1..=200,
            Self::DailyWater => 250..=8_000,
            Self::DailySteps => 500..=60_000,
            Self::NightlySleep => 180..=840,
            Self::BodyWeight => 25_000..=300_000,
        }
    }

    /// A target of this goal.
    ///
    /// # Errors
    ///
    /// [`ImplausibleGoal`] with the refused number, if it is outside [`range`](Self::range).
    pub fn target(self, number: u32) -> Result<GoalTarget, ImplausibleGoal> {
        self.check(GoalTarget(number)).map(|()| GoalTarget(number))
    }

    /// Whether a target, which may have come from anywhere, is plausible for this goal.
    ///
    /// # Errors
    ///
    /// [`ImplausibleGoal`] with the refused target, if it is outside [`range`](Self::range).
    pub fn check(self, target: GoalTarget) -> Result<(), ImplausibleGoal> {
        if self.range().contains(&target.0) {
            return Ok(());
        }
        Err(ImplausibleGoal { goal_type: self, refused: target })
    }

    /// Whether a measured number meets the target.
    pub const fn is_met(self, target: GoalTarget, measured: u64) -> bool {
        let target = target.0 as u64;
        match self.direction() {
            Direction::AtMost => measured <= target,
            Direction::AtLeast => measured >= target,
            Direction::Near => measured.abs_diff(target) * 50 <= target,
        }
    }
}

/// The number to be met, in the unit of its [`GoalType`].
///
/// A whole number because the units are small enough (a weight counts grams): two targets are the
/// same or they aren't. By itself it knows no range; [`GoalType::check`] does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EventShape)]
#[serde(transparent)]
pub struct GoalTarget(u32);

impl GoalTarget {
    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl From<u32> for GoalTarget {
    fn from(number: u32) -> Self {
        Self(number)
    }
}

/// On which side of the target a goal is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Direction {
    /// The target is a ceiling.
    AtMost,
    /// The target is a floor.
    AtLeast,
    /// Within two per cent on either side.
    Near,
}

/// What a target or a measured number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// Energy.
    Kilocalories,
    /// Mass.
    Grams,
    /// Volume.
    Millilitres,
    /// Steps of a walk.
    Steps,
    /// Time.
    Minutes,
}

/// A target that nobody means for its goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} {unit} is no plausible target, it is from {} {unit} to {} {unit}",
    refused.0, goal_type.range().start(), goal_type.range().end(), unit = goal_type.unit())]
pub struct ImplausibleGoal {
    goal_type: GoalType,
    refused: GoalTarget,
}

impl ImplausibleGoal {
    /// The goal.
    pub fn goal_type(&self) -> GoalType {
        self.goal_type
    }

    /// The target that was refused.
    pub fn refused(&self) -> GoalTarget {
        self.refused
    }
}

impl fmt::Display for GoalType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::DailyEnergy => "daily energy",
            Self::DailyProtein => "daily protein",
            Self::DailyFibre => "daily fibre",
            Self::DailySugar => "daily sugar",
            Self::DailyWater => "daily water",
            Self::DailySteps => "daily steps",
            Self::NightlySleep => "nightly sleep",
            Self::BodyWeight => "body weight",
        })
    }
}

impl fmt::Display for GoalTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::AtMost => "at most",
            Self::AtLeast => "at least",
            Self::Near => "near",
        })
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Kilocalories => "kcal",
            Self::Grams => "g",
            Self::Millilitres => "ml",
            Self::Steps => "steps",
            Self::Minutes => "min",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_a_range_are_plausible_and_their_neighbours_are_not() {
        for goal in [GoalType::DailyEnergy, GoalType::DailySteps, GoalType::BodyWeight, GoalType::NightlySleep] {
            let (least, most) = (*goal.range().start(), *goal.range().end());
            assert!(goal.target(least).is_ok() && goal.target(most).is_ok());
            assert_eq!(goal.target(least - 1).unwrap_err().refused().get(), least - 1);
            assert_eq!(goal.target(most + 1).unwrap_err().goal_type(), goal);
        }
    }

    #[test]
    fn near_is_two_per_cent_on_either_side() {
        let target = GoalType::BodyWeight.target(70_000).unwrap();
        for (grams, met) in [(68_600, true), (68_599, false), (71_400, true), (71_401, false)] {
            assert_eq!(GoalType::BodyWeight.is_met(target, grams), met, "{grams}");
        }
    }
}
