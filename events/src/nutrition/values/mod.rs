//! The values of the nutrition domain: what a field may hold, checked where it is made.
//!
//! Each type is one family and one rule. A constructor that can refuse answers with a small error
//! that carries the refused value, and decoding goes through the same constructor: a stored event
//! that breaks the rule is an error, never a default. Nothing here knows events or aggregates.

mod currency;
mod email;
mod energy;
mod goal;
mod health;
mod insight;
mod money;
mod source;
mod text;
mod week;
mod weekly;

pub use currency::{Currency, UnknownCurrency};
pub use email::{Email, EmailError, EmailProblem};
pub use energy::{EnergyTotal, Kilocalories, TooManyKilocalories};
pub use goal::{Direction, GoalTarget, GoalType, ImplausibleGoal, Unit};
pub use health::{HealthMetric, HealthReading, ImplausibleReading, MetricKind};
pub use insight::{Insight, InsightTopic};
pub use money::{Money, MoneyError, ParseMoneyError};
pub use source::{HealthSource, UnknownHealthSource};
pub use text::{InsightText, MealDescription, TextError, TextProblem};
pub use week::{WeekError, WeekStart};
pub use weekly::{DayTotal, WeeklyMetrics, WeeklyMetricsError};
