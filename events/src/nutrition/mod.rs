//! The included domain: nutrition and health, as an application would write it on the public API.
//!
//! It is there to be used, read and copied: ids of its own for each noun, values that check
//! themselves (also when they are decoded), events named `nutrition.*`, and one event-sourced
//! aggregate per rule book. A value's constructor that can refuse answers with a small error that
//! carries what was refused.
//!
//! | aggregate | stream | what it guards |
//! |---|---|---|
//! | [`User`] | user id | registered once and first; goals within their range |
//! | [`EmailClaim`] | e-mail address | one account per address |
//! | [`MealPlanner`] | user id | one plan per week, not older than last week |
//! | [`FoodDiary`] | user id | a meal once and not in the future; a week is reported once, when it is over |
//! | [`Subscription`] | subscription id | a payment once; one user, one currency |
//! | [`HealthProfile`] | user id | a reading once and not in the future |
//! | [`Coaching`] | user id | a session once, of at most 20 insights |
//!
//! The same command again is no mistake: what is known already gives no event, so an import or a
//! notice may come twice. The same identity with other content is an error.
//!
//! # Examples
//!
//! A registration is two events of two streams in one commit:
//!
//! ```
//! use events::nutrition::{Email, EmailClaim, User, UserId};
//! use events::prelude::*;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let app = EventSourcing::new(EventStore::memory()); // or an EventDispatcher, which calls handlers too
//! let email = Email::new("Ada@example.com")?;
//! let register = async |ada: UserId| {
//!     app.aggregate::<User>(ada)
//!         .and::<EmailClaim>(email.clone())
//!         .execute(|user, claim| {
//!             let registered = User::register(user, email.clone())?;
//!             Ok::<_, Box<dyn std::error::Error>>((registered, EmailClaim::claim(claim, ada)?))
//!         })
//!         .await
//! };
//! let ada = UserId::from(Uuid::from_u128(1));
//! assert_eq!(register(ada).await.map(|receipt| receipt.events().len()).ok(), Some(2));
//! assert_eq!(register(ada).await.map(|receipt| receipt.events().len()).ok(), Some(0)); // known already
//! assert!(register(UserId::from(Uuid::from_u128(2))).await.is_err()); // the address is taken
//! # Ok(())
//! # }
//! ```

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
pub use ids::{MealId, ParseIdError, PaymentId, PlanId, ReportId, SessionId, SubscriptionId, UserId};
pub use meal_planner::{MealPlanner, MealPlannerError};
pub use subscription::{Subscription, SubscriptionError};
pub use user::{User, UserError};
pub use values::{
    Currency, DayTotal, Direction, Email, EmailError, EmailProblem, EnergyTotal, GoalTarget, GoalType, HealthMetric,
    HealthReading, HealthSource, ImplausibleGoal, ImplausibleReading, Insight, InsightText, InsightTopic, Kilocalories,
    MealDescription, MetricKind, Money, MoneyError, ParseMoneyError, TextError, TextProblem, TooManyKilocalories, Unit,
    UnknownCurrency, UnknownHealthSource, WeekError, WeekStart, WeeklyMetrics, WeeklyMetricsError,
};

#[cfg(test)]
mod tests;
