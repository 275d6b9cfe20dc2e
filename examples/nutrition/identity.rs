//! Ids made from the data itself, so that the same line is the same thing in every run.

use events::nutrition::{Email, MealId, PaymentId, PlanId, ReportId, SessionId, SubscriptionId, UserId, WeekStart};
use uuid::Uuid;

/// The namespace of this program's ids: the root of all `Uuid::new_v5` below.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f1d_1c3e_8b52_4b7e_9d0a_5c7f_2e41_a863);

/// The id of a thing of some kind, known by a key of its source.
fn id<T: From<Uuid>>(kind: &str, key: &str) -> T {
    Uuid::new_v5(&NAMESPACE, format!("{kind}/{key}").as_bytes()).into()
}

pub(crate) fn user(email: &Email) -> UserId {
    id("user", email.as_str())
}

/// One person eats one meal at a time.
pub(crate) fn meal(user: UserId, eaten_at: &str) -> MealId {
    id("meal", &format!("{user}/{eaten_at}"))
}

pub(crate) fn plan(user: UserId, week: WeekStart) -> PlanId {
    id("plan", &format!("{user}/{}", week.first_day()))
}

pub(crate) fn subscription(user: UserId, name: &str) -> SubscriptionId {
    id("subscription", &format!("{user}/{name}"))
}

pub(crate) fn payment(subscription: SubscriptionId, paid_at: &str) -> PaymentId {
    id("payment", &format!("{subscription}/{paid_at}"))
}

pub(crate) fn session(user: UserId, ended_at: &str) -> SessionId {
    id("session", &format!("{user}/{ended_at}"))
}

pub(crate) fn report(user: UserId, week: WeekStart) -> ReportId {
    id("report", &format!("{user}/{}", week.first_day()))
}
