//! Handlers that write in the transaction that also moves their checkpoint: exactly once in effect.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::future::Future;

use events::prelude::*;
use events::store::{EventFilter, LogQuery};

use super::{Closed, Office, Verdict, Written, written};
use crate::support::eventually;

/// From this number on a book is closed.
const CLOSING: u64 = 1_000;

/// Emits that the book is closed, if it is.
fn close(event: &Written) -> Result<(), events::Error> {
    if event.number < CLOSING { Ok(()) } else { events::emit(Closed { book: event.book }) }
}

/// A store with a table `ledger` beside its own, and a handler that writes into it.
trait Ledger {
    fn office(&self) -> &Office;

    /// Starts a dispatcher with the handler.
    fn start(&self) -> impl Future<Output = EventDispatcher>;

    /// Starts one with a handler that publishes.
    fn start_publishing(&self) -> impl Future<Output = EventDispatcher>;

    /// Starts one with a handler of up to twenty events at once.
    fn start_with_batches(&self) -> impl Future<Output = EventDispatcher>;

    /// Starts one with a handler that writes, and never ends.
    fn start_hanging(&self) -> impl Future<Output = EventDispatcher>;

    /// The numbers in the table, sorted.
    fn numbers(&self) -> impl Future<Output = Vec<i64>>;

    async fn has(&self, numbers: &[i64]) {
        eventually(&format!("the ledger has {numbers:?}"), async || self.numbers().await == numbers).await;
    }

    async fn letters(&self, app: &EventDispatcher, status: LetterStatus) {
        let written = async || app.dead_letters().list(LetterQuery::new().status(status)).await.unwrap();
        eventually(&format!("a letter is {status}"), async || !written().await.is_empty()).await;
    }
}

async fn every_event_is_entered_once(ledger: impl Ledger) {
    let office = ledger.office();
    let app = ledger.start().await;
    let events: Vec<_> = (1..=60).map(|number| written(number % 3, number)).collect();
    let receipt = app.publish_batch(events).await.unwrap();
    app.settled(&receipt).await.unwrap();
    assert_eq!(ledger.numbers().await, (1..=60).collect::<Vec<_>>());
    app.shutdown().await.unwrap();
    // And after a restart nothing is left to do.
    let app = ledger.start().await;
    let receipt = app.publish(written(1, 61)).await.unwrap();
    app.settled(&receipt).await.unwrap();
    assert_eq!(ledger.numbers().await, (1..=61).collect::<Vec<_>>());
    assert_eq!(office.desk.calls().len(), 61);
    app.shutdown().await.unwrap();
}

/// It has written before it fails.
async fn a_failure_leaves_nothing_behind(ledger: impl Ledger) {
    let office = ledger.office();
    office.desk.judge(2, Verdict::Fail);
    office.desk.judge(5, Verdict::Panic);
    let app = ledger.start().await;
    app.publish_batch(vec![written(1, 1), written(1, 2), written(1, 3), written(2, 4), written(2, 5)]).await.unwrap();
    eventually("both have failed", async || {
        app.dead_letters().list(LetterQuery::new().status(LetterStatus::Retrying)).await.unwrap().len() == 2
    })
    .await;
    ledger.has(&[1, 4]).await;
    office.desk.judge(2, None);
    office.desk.judge(5, None);
    office.advance(10);
    ledger.has(&[1, 2, 3, 4, 5]).await;
    let tried = |number| office.desk.calls().iter().filter(|(_, of, _)| *of == number).count();
    assert_eq!([1, 2, 3, 4, 5].map(tried), [1, 2, 1, 1, 2]);
    app.shutdown().await.unwrap();
    assert_eq!(ledger.numbers().await, [1, 2, 3, 4, 5]);
}

async fn a_dead_letter_leaves_nothing_behind_until_it_is_redriven(ledger: impl Ledger) {
    let office = ledger.office();
    office.desk.judge(1, Verdict::Permanent);
    let app = ledger.start().await;
    app.publish_batch(vec![written(1, 1), written(1, 2)]).await.unwrap();
    ledger.letters(&app, LetterStatus::Dead).await;
    assert_eq!(ledger.numbers().await, [0; 0]);
    office.desk.judge(1, None);
    app.dead_letters().redrive(LetterQuery::all(), Audit::by("ada").because("mended")).await.unwrap();
    ledger.has(&[1, 2]).await;
    app.shutdown().await.unwrap();
}

/// An event that is emitted is appended in the transaction: it is there if the rest is.
async fn what_it_emits_is_committed_with_it(ledger: impl Ledger) {
    let office = ledger.office();
    office.desk.judge(CLOSING + 1, Verdict::Fail);
    let app = ledger.start().await;
    let closed = async || {
        let query = LogQuery::new().with_filter(EventFilter::new().name("durable.closed"));
        let events = office.store.read_log(query).await.unwrap().into_events();
        events
            .into_iter()
            .map(|event| (event.stream().to_string(), event.metadata().causation_id()))
            .collect::<Vec<_>>()
    };
    let receipt = app.publish_batch(vec![written(1, CLOSING), written(2, CLOSING + 1)]).await.unwrap();
    let [first, second] = [0, 1].map(|index: usize| Some(receipt.events()[index].event_id));
    ledger.letters(&app, LetterStatus::Retrying).await;
    ledger.has(&[CLOSING.cast_signed()]).await;
    assert_eq!(closed().await, [("durable.book/1".to_owned(), first)]);
    office.desk.judge(CLOSING + 1, None);
    office.advance(10);
    ledger.has(&[CLOSING.cast_signed(), CLOSING.cast_signed() + 1]).await;
    assert_eq!(closed().await, [("durable.book/1".to_owned(), first), ("durable.book/2".to_owned(), second)]);
    app.shutdown().await.unwrap();
}

/// Cut off at the deadline of a shutdown, what it has written is undone.
async fn what_is_cut_off_leaves_nothing_behind(ledger: impl Ledger) {
    let office = ledger.office();
    let app = ledger.start_hanging().await;
    app.publish(written(1, 1)).await.unwrap();
    eventually("it is called", async || office.desk.calls().len() == 1).await;
    let report = app.shutdown_within(std::time::Duration::from_millis(100)).await.unwrap();
    assert_eq!((report.durable_calls.values().sum::<usize>(), report.leases_left), (1, false));
    assert_eq!(ledger.numbers().await, [0; 0]);
    // Another writes what it had written, at once.
    let app = ledger.start_hanging().await;
    eventually("it is called again", async || office.desk.calls().len() == 2).await;
    app.shutdown_within(std::time::Duration::ZERO).await.unwrap();
    assert_eq!(ledger.numbers().await, [0; 0]);
    assert_eq!(app.dead_letters().list(LetterQuery::new()).await.unwrap(), []);
}

/// The second batch fails, and nothing of it is there but what its events have done by themselves.
async fn a_batch_is_one_transaction(ledger: impl Ledger) {
    let office = ledger.office();
    office.desk.judge(25, Verdict::Fail);
    office.publish_before((1..=30).map(|number| written(number % 3, number))).await;
    let app = ledger.start_with_batches().await;
    let all_but = |left_out: &[i64]| (1..=30).filter(|number| !left_out.contains(number)).collect::<Vec<_>>();
    ledger.has(&all_but(&[25, 28])).await;
    let sizes: Vec<_> = office.desk.batches().iter().map(Vec::len).collect();
    assert_eq!(sizes, [20, 10, 1, 1, 1, 1, 1, 1, 1, 1, 1], "25 by itself too, and 28 is parked");
    office.desk.judge(25, None);
    office.advance(10);
    ledger.has(&all_but(&[])).await;
    app.shutdown().await.unwrap();
    let row = app.durable_handlers().list().await.unwrap().remove(0);
    assert_eq!(row.lanes[0].checkpoint.value(), 30);
    // And after a restart nothing is left to do.
    let app = ledger.start_with_batches().await;
    let receipt = app.publish(written(1, 31)).await.unwrap();
    app.settled(&receipt).await.unwrap();
    assert_eq!(ledger.numbers().await, (1..=31).collect::<Vec<_>>());
    app.shutdown().await.unwrap();
}

/// What is published beside the transaction would wait for it.
async fn publishing_is_refused(ledger: impl Ledger) {
    let app = ledger.start_publishing().await;
    app.publish(written(1, 1)).await.unwrap();
    ledger.letters(&app, LetterStatus::Dead).await;
    let letters = app.dead_letters();
    let letter = letters.list(LetterQuery::new()).await.unwrap().remove(0);
    let attempts = letters.attempts(letter.id).await.unwrap();
    assert!(attempts[0].attempt.error.to_string().contains("`emit` the event"), "{attempts:?}");
    assert_eq!(office_events(ledger.office()).await, 1);
    app.shutdown().await.unwrap();
}

async fn office_events(office: &Office) -> u64 {
    office.store.stats().await.unwrap().events
}
