//! Handlers with parts of their own: the methods of a struct, an implementation of `EventHandler`,
//! and a function that asks for a trait object, so that a test can swap in a fake.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "order")]
struct OrderPlaced {
    #[event(id)]
    order_id: u64,
    customer: String,
    pieces: u32,
}

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "order")]
struct OrderShipped {
    #[event(id)]
    order_id: u64,
}

/// Each method that takes an event is a handler of its own: `Journal.placed` and `Journal.shipped`.
/// `self` is the value that was given to `.state(…)`.
#[derive(Clone, Default)]
struct Journal {
    lines: Arc<Mutex<Vec<String>>>,
}

#[event_handler]
impl Journal {
    fn placed(&self, event: &OrderPlaced, metadata: &EventMetadata) {
        self.write(format!("{} placed for {}", metadata.stream(), event.customer));
    }

    async fn shipped(&self, event: &OrderShipped) {
        self.write(format!("order/{} shipped", event.order_id));
    }

    #[event_handler(skip)]
    fn write(&self, line: String) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

/// One event, one type: the trait says all.
#[derive(Clone)]
struct Stock {
    pieces: Arc<AtomicU32>,
}

#[event_handler(priority = 10)]
impl EventHandler<OrderPlaced> for Stock {
    fn handle(&self, event: &OrderPlaced, _: &EventMetadata) -> Result<(), HandlerError> {
        self.pieces.fetch_sub(event.pieces, Ordering::Relaxed);
        Ok(())
    }
}

/// What the outside is for the program.
trait Mail: Send + Sync {
    fn send(&self, to: &str, text: &str) -> std::io::Result<()>;
}

/// Asks for the trait object, and so doesn't know who sends the mail.
#[event_handler]
fn confirm(event: &OrderPlaced, State(mail): State<&Arc<dyn Mail>>) -> std::io::Result<()> {
    mail.send(&event.customer, &format!("your order {} has arrived here", event.order_id))
}

/// The real thing, as far as an example goes.
struct Terminal;

impl Mail for Terminal {
    fn send(&self, to: &str, text: &str) -> std::io::Result<()> {
        println!("mail to {to}: {text}");
        Ok(())
    }
}

/// The fake, for tests.
#[derive(Default)]
struct Outbox {
    sent: Mutex<Vec<String>>,
}

impl Mail for Outbox {
    fn send(&self, to: &str, text: &str) -> std::io::Result<()> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{to}: {text}"));
        Ok(())
    }
}

/// Places and ships an order, with whatever sends mail.
async fn sell(mail: Arc<dyn Mail>, journal: &Journal, stock: &Stock) -> Result<(), Box<dyn std::error::Error>> {
    let app = EventDispatcher::builder().state(mail).state(journal.clone()).state(stock.clone()).start().await?;
    let placed = OrderPlaced { order_id: 7, customer: "ada@example.com".to_owned(), pieces: 3 };
    let receipt = app.publish_batch((placed, OrderShipped { order_id: 7 })).await?;
    assert_eq!((receipt.delivery().handled(), receipt.failures().len()), (4, 0));
    app.shutdown().await?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A value that handlers need and nobody gave is noticed at the start, not at the first event.
    match EventDispatcher::builder().build() {
        Ok(_) => return Err("it can't be built".into()),
        Err(error) => {
            println!("without any state:\n{error}\n");
            assert_eq!(error.problems().len(), 4);
        }
    }

    let (journal, stock) = (Journal::default(), Stock { pieces: Arc::new(AtomicU32::new(10)) });
    sell(Arc::new(Terminal), &journal, &stock).await?;
    println!("{} pieces are left", stock.pieces.load(Ordering::Relaxed));
    assert_eq!(stock.pieces.load(Ordering::Relaxed), 7);

    let lines = journal.lines.lock().unwrap_or_else(PoisonError::into_inner).clone();
    println!("the journal: {}", lines.join(", "));
    assert_eq!(lines, ["order/7 placed for ada@example.com", "order/7 shipped"]);

    let outbox = Arc::new(Outbox::default());
    sell(outbox.clone(), &Journal::default(), &stock).await?;
    let sent = outbox.sent.lock().unwrap_or_else(PoisonError::into_inner).clone();
    println!("the fake has kept: {}", sent.join(", "));
    assert_eq!(sent, ["ada@example.com: your order 7 has arrived here"]);
    Ok(())
}
