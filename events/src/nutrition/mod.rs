//! The included domain: nutrition and health, as an application would write it on the public API.
//!
//! It is there to be used, read and copied: ids of its own for each noun, values that check
//! themselves (also when they are decoded), events named `nutrition.*`, and one event-sourced
//! aggregate per rule book. A value's constructor that can refuse answers with a small error that
//! carries what was refused.

mod coaching;
mod email_claim;
mod events;
mod food_diary;
mod health_profile;
mod ids;
mod meal_planner;
mod subscription;
mod user;
mod values;

pub use coaching::{Coaching, CoachingError};
pub use email_claim::{EmailClaim, EmailClaimError};
pub use events::{
    CoachingSessionCompleted, EmailClaimed, HealthDataSynced, MealLogged, MealPlanCreated, NutritionGoalSet,
    PaymentProcessed, UserRegistered, WeeklyReportGenerated,
};
pub use food_diary::{FoodDiary, FoodDiaryError};
pub use health_profile::{HealthProfile, HealthProfileError};
pub use meal_planner::{MealPlanner, MealPlannerError};
pub use subscription::{Subscription, SubscriptionError};
pub use user::{User, UserError};

pub use ids::{MealId, ParseIdError, PaymentId, PlanId, ReportId, SessionId, SubscriptionId, UserId};
pub use values::{
    Currency, DayTotal, Direction, Email, EmailError, EmailProblem, EnergyTotal, GoalTarget, GoalType, HealthMetric,
    HealthReading, HealthSource, ImplausibleGoal, ImplausibleReading, Insight, InsightText, InsightTopic, Kilocalories,
    MealDescription, MetricKind, Money, MoneyError, ParseMoneyError, TextError, TextProblem, TooManyKilocalories, Unit,
    UnknownCurrency, UnknownHealthSource, WeekError, WeekStart, WeeklyMetrics, WeeklyMetricsError,
};
