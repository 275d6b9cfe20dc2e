//! A handler that talks to the outside fails; what then? Retries, dead letters, a look at them, a
//! repair, a redrive.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use events::prelude::*;
use events::store::{LetterQuery, LetterStatus};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "invoice")]
struct InvoiceSent {
    #[event(id)]
    invoice: u64,
    currency: String,
}

/// A gateway that loses its first connection, and doesn't know Swiss francs until it is taught.
#[derive(Clone, Default)]
struct Gateway {
    calls: Arc<AtomicU32>,
    knows_francs: Arc<AtomicBool>,
}

#[derive(Debug, thiserror::Error)]
enum GatewayError {
    #[error("the connection was lost")]
    ConnectionLost,
    #[error("unknown currency {0}")]
    UnknownCurrency(String),
}

/// What may pass is tried again; what won't pass is dead at once.
impl Classify for GatewayError {
    fn class(&self) -> Class {
        match self {
            Self::ConnectionLost => Class::Transient,
            Self::UnknownCurrency(_) => Class::Permanent,
        }
    }
}

impl Gateway {
    fn collect(&self, event: &InvoiceSent, key: &IdempotencyKey) -> Result<(), GatewayError> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        if call == 1 {
            return Err(GatewayError::ConnectionLost);
        }
        if event.currency == "CHF" && !self.knows_francs.load(Ordering::Relaxed) {
            return Err(GatewayError::UnknownCurrency(event.currency.clone()));
        }
        println!("  gateway: collected invoice {} ({key})", event.invoice);
        Ok(())
    }
}

#[event_handler]
async fn collect(
    event: &InvoiceSent,
    State(gateway): State<&Gateway>,
    attempt: Attempt,
    key: IdempotencyKey,
) -> Result<(), GatewayError> {
    println!("  attempt {} at invoice {}", attempt.number(), event.invoice);
    gateway.collect(event, &key)
}

type Done = Result<(), Box<dyn std::error::Error>>;

/// The publisher's result doesn't depend on handlers: the event is recorded, the letter is written,
/// and a started dispatcher tries again.
async fn fail_and_recover(app: &EventDispatcher) -> Done {
    println!("invoice 1: the connection is lost");
    let receipt = app.publish(InvoiceSent { invoice: 1, currency: "EUR".to_owned() }).await?;
    for failure in receipt.failures() {
        println!("  receipt: {} failed: {:?}", failure.handler(), failure.disposition());
    }
    assert_eq!(receipt.failures().len(), 1);
    let settled = app.settled(&receipt).await?;
    println!("  settled: {} resolved, {} dead", settled.resolved, settled.dead.len());
    assert_eq!((settled.resolved, settled.dead.len()), (1, 0));
    Ok(())
}

async fn die(app: &EventDispatcher) -> Done {
    println!("invoices 2 and 3: a currency that the gateway doesn't know");
    let francs = |invoice| InvoiceSent { invoice, currency: "CHF".to_owned() };
    let receipt = app.publish_batch((francs(2), francs(3))).await?;
    assert_eq!(app.settled(&receipt).await?.dead.len(), 2);

    println!("what an operator sees:");
    let letters = app.dead_letters();
    for letter in letters.list(LetterQuery::new().status(LetterStatus::Dead)).await? {
        println!(
            "  letter {}: {} on {} of {}, {}",
            letter.id, letter.handler, letter.event, letter.stream, letter.class
        );
        for record in letters.attempts(letter.id).await? {
            println!("    attempt {}: {}", record.number, record.attempt.error);
        }
        assert_eq!(letters.event(&letter).await?.decode::<InvoiceSent>()?.currency, "CHF");
    }
    Ok(())
}

async fn repair(app: &EventDispatcher, gateway: &Gateway) -> Done {
    println!("the gateway learns francs, invoice 2 is tried again, invoice 3 is given up");
    gateway.knows_francs.store(true, Ordering::Relaxed);
    let letters = app.dead_letters();
    let dead = letters.list(LetterQuery::new().status(LetterStatus::Dead)).await?;
    let [second, third] = dead.as_slice() else { return Err("there are two dead letters".into()) };

    letters.redrive(LetterQuery::new().id(second.id), Audit::by("ada").because("the gateway knows francs")).await?;
    let settled = events::testing::settled(app).await?;
    assert_eq!((settled.resolved, settled.dead.len()), (2, 1));
    letters.discard(LetterQuery::new().id(third.id), Audit::by("ada").because("paid in cash")).await?;

    println!("the audit, newest first:");
    for operation in letters.operations(10).await? {
        println!("  {} by {}: {}", operation.action.as_str(), operation.by, operation.reason);
    }
    let stats = letters.stats().await?;
    println!("letters: {:?}", stats.by_status);
    let count = |status| stats.by_status.get(&status).copied().unwrap_or_default();
    assert_eq!((count(LetterStatus::Resolved), count(LetterStatus::Discarded), count(LetterStatus::Dead)), (2, 1, 0));
    Ok(())
}

#[tokio::main]
async fn main() -> Done {
    let gateway = Gateway::default();
    let app = EventDispatcher::builder()
        .state(gateway.clone())
        .retry(RetryPolicy::new(3).with_initial_delay(Duration::from_millis(20)))
        .start()
        .await?;
    fail_and_recover(&app).await?;
    die(&app).await?;
    repair(&app, &gateway).await?;
    assert_eq!(gateway.calls.load(Ordering::Relaxed), 5);
    app.shutdown().await?;
    Ok(())
}
