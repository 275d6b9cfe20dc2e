//! A program that works on the store: it collects invoices, and doesn't know Swiss francs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use events::prelude::*;
use events::store::LetterStatus;
use serde::{Deserialize, Serialize};

use crate::place::Place;

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "account")]
pub(crate) struct InvoiceSent {
    #[event(id)]
    pub(crate) account: u64,
    pub(crate) invoice: u64,
    pub(crate) currency: String,
}

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct ReminderDue {
    invoice: u64,
}

/// Knows francs, or not.
#[derive(Clone, Default)]
pub(crate) struct Gateway(Arc<AtomicBool>);

impl Gateway {
    pub(crate) fn learn_francs(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[event_handler(durable(from = "start"))]
async fn collect(event: &InvoiceSent, State(gateway): State<&Gateway>) -> Result<(), HandlerError> {
    match event.currency == "EUR" || gateway.0.load(Ordering::Relaxed) {
        true => Ok(()),
        false => Err(HandlerError::permanent("unknown currency")),
    }
}

/// Publishes a second event, whose handler fails.
#[event_handler]
fn remind(event: &InvoiceSent) -> Result<(), HandlerError> {
    Ok(events::emit(ReminderDue { invoice: event.invoice })?)
}

#[event_handler(retry(attempts = 2, initial_delay = "1h", max_delay = "1h"))]
fn send_reminder(event: &ReminderDue) -> Result<(), HandlerError> {
    match event.invoice {
        4 => Err(HandlerError::transient("the mail server is busy")),
        _ => Ok(()),
    }
}

pub(crate) async fn open(place: &Place, gateway: &Gateway) -> EventDispatcher {
    let handlers = HandlerRegistry::only(handlers![collect, remind, send_reminder]);
    let builder = EventDispatcher::builder().store(place.open().await).handlers(handlers).state(gateway.clone());
    builder.start().await.unwrap()
}

pub(crate) fn sent(account: u64, invoice: u64, currency: &str) -> InvoiceSent {
    InvoiceSent { account, invoice, currency: currency.to_owned() }
}

/// Invoice 2 is in francs, and 3 waits behind it; 4 is of another account, and its reminder is retrying.
pub(crate) async fn with_a_dead_letter(place: &Place, gateway: &Gateway) -> EventDispatcher {
    let app = open(place, gateway).await;
    for (account, invoice, currency) in [(1, 1, "EUR"), (1, 2, "CHF"), (1, 3, "EUR"), (2, 4, "EUR")] {
        app.with(Context::actor("grace")).publish(sent(account, invoice, currency)).await.unwrap();
    }
    eventually("invoice 2 is dead", async || letters(&app, LetterStatus::Dead).await == 1).await;
    eventually("all is passed", async || app.durable_handlers().lag().await.unwrap()[0].positions == 0).await;
    app
}

pub(crate) async fn letters(app: &EventDispatcher, status: LetterStatus) -> u64 {
    app.dead_letters().stats().await.unwrap().by_status.get(&status).copied().unwrap_or(0)
}

/// Lets other tasks run until the condition holds.
pub(crate) async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !condition().await {
        assert!(Instant::now() < deadline, "it never came to this: {what}");
        tokio::task::yield_now().await;
    }
}
