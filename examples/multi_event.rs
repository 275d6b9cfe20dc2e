//! Handlers of several events, of all events, and handlers that come and go at run time.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "account")]
struct Deposited {
    #[event(id)]
    account: u64,
    cents: i64,
}

#[derive(Clone, Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "account")]
struct Withdrawn {
    #[event(id)]
    account: u64,
    cents: i64,
}

#[derive(Clone, Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "account")]
struct StatementSent {
    #[event(id)]
    account: u64,
}

#[derive(Clone, Default)]
struct Ledger {
    balances: Arc<Mutex<BTreeMap<String, i64>>>,
}

/// Two events, one handler: it gets them as the store has recorded them, and decodes them itself.
#[event_handler(events(Deposited, Withdrawn))]
fn book(event: &RecordedEvent, State(ledger): State<&Ledger>) -> Result<(), HandlerError> {
    let cents = match event.is::<Deposited>() {
        true => event.decode::<Deposited>()?.cents,
        false => -event.decode::<Withdrawn>()?.cents,
    };
    let mut balances = ledger.balances.lock().unwrap_or_else(PoisonError::into_inner);
    *balances.entry(event.stream().to_string()).or_default() += cents;
    Ok(())
}

/// Every event, those of tomorrow included. It runs first.
#[event_handler(all, priority = 100)]
fn log(event: &RecordedEvent) {
    println!(
        "{} {} v{} of {}: {}",
        event.position(),
        event.name(),
        event.version(),
        event.stream(),
        event.payload().as_json()
    );
}

async fn thank(event: &Deposited) {
    println!("  thank you for {} cents", event.cents);
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ledger = Ledger::default();
    let app = EventDispatcher::builder().state(ledger.clone()).start().await?;
    let handlers: Vec<_> = app.catalog().handlers().iter().map(|handler| handler.name()).collect();
    println!("handlers, in the order of calling: {}", handlers.join(", "));
    assert_eq!(handlers, ["log", "book"]);

    let receipt =
        app.publish_batch((Deposited { account: 1, cents: 500 }, Withdrawn { account: 1, cents: 120 })).await?;
    assert_eq!(receipt.delivery().handled(), 4);
    let receipt = app.publish(StatementSent { account: 1 }).await?;
    assert_eq!(receipt.delivery().handled(), 1, "only `log` knows of statements");

    // At run time: a closure that borrows the event, a named async function, and an async closure,
    // which takes the event by `Arc` because it captures something.
    let (seen, late) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let counter = Arc::clone(&seen);
    let counting = app.subscribe(move |_: &Deposited| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    app.subscribe(thank);
    let counter = Arc::clone(&late);
    app.subscribe(move |event: Arc<Deposited>| {
        let counter = Arc::clone(&counter);
        async move {
            tokio::task::yield_now().await;
            counter.fetch_add(u32::try_from(event.cents)?, Ordering::Relaxed);
            Ok::<_, std::num::TryFromIntError>(())
        }
    });

    let receipt = app.publish(Deposited { account: 2, cents: 50 }).await?;
    assert_eq!(receipt.delivery().handled(), 5);
    assert!(counting.unsubscribe());
    let receipt = app.publish(Deposited { account: 2, cents: 25 }).await?;
    assert_eq!(receipt.delivery().handled(), 4);
    println!("counted {} of 2, {} cents", seen.load(Ordering::Relaxed), late.load(Ordering::Relaxed));
    assert_eq!((seen.load(Ordering::Relaxed), late.load(Ordering::Relaxed)), (1, 75));

    let balances = ledger.balances.lock().unwrap_or_else(PoisonError::into_inner).clone();
    println!("balances: {balances:?}");
    assert_eq!(balances.into_values().collect::<Vec<_>>(), [380, 75]);
    app.shutdown().await?;
    Ok(())
}
