//! What happens in the domain: nine events, each with its owner's fields first.
//!
//! Names and fields are for ever: what is here is in somebody's store. A field that changes its
//! meaning becomes a new version with an upcaster; see the crate's documentation of versions.

use chrono::{DateTime, FixedOffset, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Email, GoalTarget, GoalType, HealthReading, HealthSource, Insight, Kilocalories, MealDescription, MealId, Money,
    PaymentId, PlanId, ReportId, SessionId, SubscriptionId, UserId, WeekStart, WeeklyMetrics,
};
use crate::prelude::*;

/// Somebody has an account: the first event of a [`User`](super::User).
///
/// # Examples
///
/// ```
/// use events::nutrition::UserRegistered;
/// use events::prelude::*;
///
/// assert_eq!(UserRegistered::DESCRIPTOR.name(), "nutrition.user_registered");
/// assert_eq!(UserRegistered::DESCRIPTOR.aggregate(), Some("nutrition.user"));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event(name = "nutrition.user_registered", aggregate = "nutrition.user")]
pub struct UserRegistered {
    /// Whose account it is.
    #[event(id)]
    pub user_id: UserId,
    /// The address that the account is known by, claimed in the same commit.
    pub email: Email,
    /// When they registered.
    #[event(occurred_at)]
    pub timestamp: DateTime<Utc>,
}

/// An e-mail address belongs to an account; it never belongs to a second one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event(name = "nutrition.email_claimed", aggregate = "nutrition.email_claim")]
pub struct EmailClaimed {
    /// The normalised address, which is the stream's identity.
    #[event(id)]
    pub email: Email,
    /// Whose address it is.
    pub user_id: UserId,
}

/// A plan of meals for one week exists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event(name = "nutrition.meal_plan_created", aggregate = "nutrition.meal_planner")]
pub struct MealPlanCreated {
    /// Whose plan it is.
    #[event(id)]
    pub user_id: UserId,
    /// The plan.
    pub plan_id: PlanId,
    /// The Monday of the week it is for.
    pub week_start: WeekStart,
}

/// Somebody aims at something; it replaces the former goal of that type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event(name = "nutrition.nutrition_goal_set", aggregate = "nutrition.user")]
pub struct NutritionGoalSet {
    /// Whose goal it is.
    #[event(id)]
    pub user_id: UserId,
    /// What it is about; fixes unit and direction.
    pub goal_type: GoalType,
    /// The number to be met, in the unit of the type.
    pub target_value: GoalTarget,
}

/// Somebody has eaten, and written it down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event(name = "nutrition.meal_logged", aggregate = "nutrition.food_diary")]
pub struct MealLogged {
    /// Whose diary it is in.
    #[event(id)]
    pub user_id: UserId,
    /// The meal.
    pub meal_id: MealId,
    /// Its energy.
    pub calories: Kilocalories,
    /// When it was eaten, with the offset of the place, because the day of a diary is local.
    #[event(occurred_at)]
    pub timestamp: DateTime<FixedOffset>,
    /// What it was, if they said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<MealDescription>,
}

/// A payment for a subscription has gone through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event(name = "nutrition.payment_processed", aggregate = "nutrition.subscription")]
pub struct PaymentProcessed {
    /// Who paid.
    pub user_id: UserId,
    /// How much; more than nothing.
    pub amount: Money,
    /// For which subscription.
    #[event(id)]
    pub subscription_id: SubscriptionId,
    /// Under which identity of the payment provider, which makes a repeated notice recognisable.
    pub payment_id: PaymentId,
}

/// New readings have come from one source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event(name = "nutrition.health_data_synced", aggregate = "nutrition.health_profile")]
pub struct HealthDataSynced {
    /// Whose readings they are.
    #[event(id)]
    pub user_id: UserId,
    /// Where they come from.
    pub source: HealthSource,
    /// The readings, at least one, none of them known before.
    pub metrics: Vec<HealthReading>,
}

/// A session with a coach is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event(name = "nutrition.coaching_session_completed", aggregate = "nutrition.coaching")]
pub struct CoachingSessionCompleted {
    /// Who was coached.
    #[event(id)]
    pub user_id: UserId,
    /// The session.
    pub session_id: SessionId,
    /// What they took away from it, at most 20 insights.
    pub insights: Vec<Insight>,
}

/// A week of a food diary has been summed up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event(name = "nutrition.weekly_report_generated", aggregate = "nutrition.food_diary")]
pub struct WeeklyReportGenerated {
    /// Whose week it was.
    #[event(id)]
    pub user_id: UserId,
    /// The report.
    pub report_id: ReportId,
    /// The week in numbers.
    pub metrics: WeeklyMetrics,
}
