//! What happens when something has happened.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::NaiveDate;
use events::IdempotencyKey;
use events::nutrition::{
    EnergyTotal, FoodDiary, GoalType, MealLogged, PaymentProcessed, User, UserId, UserRegistered, WeekStart,
};
use events::prelude::*;
use events::store::{EventFilter, LogQuery};

use crate::gateway::{GatewayError, Receipt, ReceiptGateway};

/// Messages to people, in the order in which they were written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outbox(Arc<Mutex<Vec<String>>>);

impl Outbox {
    fn push(&self, message: String) {
        lock(&self.0).push(message);
    }

    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.0))
    }
}

/// A poisoned lock is taken all the same: what it guards is a list, whole after each push.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[event_handler]
fn welcome(event: &UserRegistered, State(outbox): State<&Outbox>) {
    outbox.push(format!("welcome, {}", event.email));
}

/// Tells somebody when a meal takes their day over the goal; once a day, because only one meal does.
#[event_handler]
async fn alert_on_goal(
    event: &MealLogged,
    app: &EventDispatcher,
    State(outbox): State<&Outbox>,
) -> Result<(), HandlerError> {
    let user = app.aggregate::<User>(event.user_id).load().await?;
    let diary = app.aggregate::<FoodDiary>(event.user_id).load().await?;
    let day = event.timestamp.date_naive();
    let (Some(target), Some(total)) = (user.goal(GoalType::DailyEnergy), diary.day(day)) else {
        return Ok(());
    };
    let before = total.energy.get().saturating_sub(event.calories.get().into());
    let is_met = |energy| GoalType::DailyEnergy.is_met(target, energy);
    if let (true, false, Some(email)) = (is_met(before), is_met(total.energy.get()), user.email()) {
        outbox.push(format!("{email}: {} on {day}, the goal is at most {target} kcal", total.energy));
    }
    Ok(())
}

/// Energy per person and day, kept as the meals come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Totals(Arc<Mutex<BTreeMap<(UserId, NaiveDate), EnergyTotal>>>);

#[event_handler]
impl Totals {
    fn meal_logged(&self, event: &MealLogged) {
        let key = (event.user_id, event.timestamp.date_naive());
        let mut days = lock(&self.0);
        let total = days.entry(key).or_default();
        *total = *total + event.calories.into();
    }
}

impl Totals {
    /// The totals of all meals in a store, from before this run.
    pub(crate) async fn from_history(store: &EventStore) -> anyhow::Result<Self> {
        let totals = Self::default();
        let meals = || LogQuery::new().with_filter(EventFilter::new().name(MealLogged::DESCRIPTOR.name()));
        let mut query = meals();
        loop {
            let page = store.read_log(query).await?;
            for event in page.events() {
                totals.meal_logged(&event.decode()?);
            }
            match page.next() {
                Some(position) => query = meals().after(position),
                None => return Ok(totals),
            }
        }
    }

    /// The total of each week, over all people.
    pub(crate) fn weeks(&self) -> BTreeMap<WeekStart, (usize, EnergyTotal)> {
        let mut weeks: BTreeMap<WeekStart, (usize, EnergyTotal)> = BTreeMap::new();
        for ((_, day), energy) in lock(&self.0).iter() {
            // A day that is in no week can't have come through the diary's rules.
            if let Ok(week) = WeekStart::containing(*day) {
                let (days, total) = weeks.entry(week).or_default();
                *days += 1;
                *total = *total + *energy;
            }
        }
        weeks
    }
}

/// Sends a receipt for each payment; the gateway may be busy, or refuse the currency for good.
#[event_handler]
async fn send_receipt(
    event: &PaymentProcessed,
    key: IdempotencyKey,
    State(gateway): State<&Arc<dyn ReceiptGateway>>,
) -> Result<(), GatewayError> {
    gateway.send(Receipt { idempotency_key: key.to_string(), amount: event.amount }).await
}
