//! A durable handler that talks to the outside fails; what then? A retry, a dead letter, what waits
//! behind it, a look at all that, a repair, and the rest in its order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use events::prelude::*;
use events::store::{FailedEvent, LetterQuery, LetterStatus, OperationId, RunPace};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "account")]
struct InvoiceSent {
    #[event(id)]
    account: u64,
    invoice: u64,
    currency: String,
}

/// A gateway that loses its first connection, and doesn't know Swiss francs until it is taught.
#[derive(Clone, Default)]
struct Gateway {
    connected: Arc<AtomicBool>,
    knows_francs: Arc<AtomicBool>,
    collected: watch::Sender<Vec<u64>>,
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
        if !self.connected.swap(true, Ordering::Relaxed) {
            return Err(GatewayError::ConnectionLost);
        }
        if event.currency != "EUR" && !(event.currency == "CHF" && self.knows_francs.load(Ordering::Relaxed)) {
            return Err(GatewayError::UnknownCurrency(event.currency.clone()));
        }
        println!("  gateway: collected invoice {} ({key})", event.invoice);
        self.collected.send_modify(|collected| collected.push(event.invoice));
        Ok(())
    }

    /// Waits until these were collected, in this order.
    async fn has(&self, invoices: &[u64]) -> Done {
        let mut collected = self.collected.subscribe();
        let came = collected.wait_for(|collected| collected.len() >= invoices.len());
        assert_eq!(*tokio::time::timeout(Duration::from_secs(30), came).await??, invoices);
        Ok(())
    }
}

#[event_handler(durable(from = "start"), retry(attempts = 3, initial_delay = "20ms"))]
async fn collect(
    event: &InvoiceSent,
    State(gateway): State<&Gateway>,
    attempt: Attempt,
    key: IdempotencyKey,
) -> Result<(), GatewayError> {
    println!("  attempt {} at invoice {} of account {}", attempt.number(), event.invoice, event.account);
    gateway.collect(event, &key)
}

type Done = Result<(), Box<dyn std::error::Error>>;

fn sent(account: u64, invoice: u64, currency: &str) -> InvoiceSent {
    InvoiceSent { account, invoice, currency: currency.to_owned() }
}

/// The publisher notices nothing: the event is recorded, a letter is written, and the handler is
/// called again.
async fn fail_and_recover(app: &EventDispatcher, gateway: &Gateway) -> Done {
    println!("invoice 1: the connection is lost");
    app.publish(sent(1, 1, "EUR")).await?;
    gateway.has(&[1]).await
}

/// Invoice 3 belongs to the account of invoice 2, so it waits; invoice 4 doesn't.
async fn fail_and_park(app: &EventDispatcher, gateway: &Gateway) -> Done {
    println!("invoice 2: a currency that the gateway doesn't know; 3 is of the same account, 4 of another");
    app.publish(sent(1, 2, "CHF")).await?;
    let waiting = app.publish(sent(1, 3, "EUR")).await?;
    app.publish(sent(2, 4, "EUR")).await?;
    gateway.has(&[1, 4]).await?;
    for parked in app.settled(&waiting).await?.parked {
        println!("  settled: event {} waits for {}", parked.event_id, parked.handler);
    }
    Ok(())
}

async fn look(app: &EventDispatcher) -> Result<FailedEvent, Box<dyn std::error::Error>> {
    println!("what an operator sees:");
    for lag in app.durable_handlers().lag().await? {
        println!("  {}: {} events behind, streams that wait: {}", lag.handler, lag.positions, lag.parked);
    }
    let letters = app.dead_letters();
    let mut dead = letters.list(LetterQuery::new().status(LetterStatus::Dead)).await?;
    for letter in &dead {
        println!(
            "  letter {}: {} on {} of {}, {}",
            letter.id, letter.handler, letter.event, letter.stream, letter.class
        );
        for record in letters.attempts(letter.id).await? {
            println!("    attempt {}: {}", record.number, record.attempt.error);
        }
        let event: InvoiceSent = letters.event(letter).await?.decode()?;
        println!("    invoice {} in {}", event.invoice, event.currency);
    }
    assert_eq!(dead.len(), 1);
    Ok(dead.remove(0))
}

/// Waits until what an operator has asked for is done, and says what came of it.
async fn result(app: &EventDispatcher, id: OperationId) -> Done {
    loop {
        let operation = app.dead_letters().operation(id).await?.ok_or("the operation is gone")?;
        if operation.state.is_open() {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        }
        let came = operation.result.unwrap_or_default();
        println!("  {} {}, asked for by {}: {}, {came}", operation.action, id, operation.by, operation.state);
        return Ok(());
    }
}

/// A run takes its letters when it is asked for, and stops at the first that fails again.
async fn fix_and_redrive(app: &EventDispatcher, gateway: &Gateway, letter: &FailedEvent) -> Done {
    println!("the gateway learns francs, and its letters are redriven: what waits follows in its order");
    gateway.knows_francs.store(true, Ordering::Relaxed);
    let letters = app.dead_letters();
    let alike = LetterQuery::new().fingerprint(letter.fingerprint());
    let plan = letters.plan_run(alike.clone()).await?;
    println!("  a run would try {} letter and release {} stream", plan.letters.len(), plan.parked);
    let why = Audit::by("ada").because("the gateway knows francs");
    let run = letters.start_run(alike, RunPace::new(), why).await?.ok_or("there is no such letter")?;
    gateway.has(&[1, 4, 2, 3]).await?;
    result(app, run.operation.id).await
}

/// What the handler is called with can be mended; the log keeps what was recorded.
async fn edit(app: &EventDispatcher, gateway: &Gateway) -> Done {
    println!("invoice 7 is in a currency that doesn't exist, by mistake");
    let mistaken = app.publish(sent(3, 7, "ERU")).await?;
    assert_eq!(app.settled(&mistaken).await?.dead.len(), 1);
    let letters = app.dead_letters();
    let dead = LetterQuery::new().status(LetterStatus::Dead);
    let letter = letters.list(dead.clone()).await?.remove(0);
    let why = Audit::by("ada").because("a slip of the pen");
    for data in [r#"{"account":3,"invoice":7}"#, r#"{"account":3,"invoice":7,"currency":"EUR"}"#] {
        let edit = letters.edit(letter.id, data, why.clone()).await?.ok_or("the letter is closed")?;
        result(app, edit.id).await?;
    }
    let run = letters.start_run(dead, RunPace::new(), why).await?.ok_or("there is no such letter")?;
    gateway.has(&[1, 4, 2, 3, 6, 7]).await?;
    result(app, run.operation.id).await
}

async fn discard(app: &EventDispatcher, gateway: &Gateway) -> Done {
    println!("invoice 5 is in gold, and given up; 6 is behind it");
    let gold = app.publish(sent(2, 5, "XAU")).await?;
    app.publish(sent(2, 6, "EUR")).await?;
    let dead = app.settled(&gold).await?.dead.len();
    assert_eq!(dead, 1);
    let letters = app.dead_letters();
    letters
        .discard(LetterQuery::new().status(LetterStatus::Dead), Audit::by("ada").because("paid at the counter"))
        .await?;
    gateway.has(&[1, 4, 2, 3, 6]).await?;
    Ok(())
}

async fn audit(app: &EventDispatcher) -> Done {
    println!("the audit, newest first:");
    for operation in app.dead_letters().operations(10).await? {
        println!("  {} by {}: {} ({})", operation.action, operation.by, operation.reason, operation.state);
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Done {
    let gateway = Gateway::default();
    let app = EventDispatcher::builder().state(gateway.clone()).start().await?;
    fail_and_recover(&app, &gateway).await?;
    fail_and_park(&app, &gateway).await?;
    let letter = look(&app).await?;
    fix_and_redrive(&app, &gateway, &letter).await?;
    discard(&app, &gateway).await?;
    edit(&app, &gateway).await?;
    audit(&app).await?;
    app.shutdown().await?;
    Ok(())
}
