//! Many letters at once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use events::Position;
use events::prelude::*;
use tokio::sync::Notify;

use super::{Office, Verdict, Written, copy, written};
use crate::support::{Fragile, eventually};

const BOOKS: u64 = 300;

/// What a letter takes must not grow with the number of the others: guards against looking at all of them
/// after each attempt.
#[tokio::test]
async fn redriving_many_letters_reads_few_for_each() {
    let backend = Fragile::new();
    let office = Office::of(backend.store(), None);
    (1..=BOOKS).for_each(|book| office.desk.judge(book, Verdict::Permanent));
    let app = office.start_for_long(handlers![copy]).await;
    app.publish_batch((1..=BOOKS).map(|book| written(book, book)).collect::<Vec<_>>()).await.unwrap();
    let parked = async || app.durable_handlers().parked("copy").await.unwrap().len() as u64;
    eventually("all books wait", async || parked().await == BOOKS).await;
    (1..=BOOKS).for_each(|book| office.desk.judge(book, None));
    let before = backend.letters_read();
    let dead = LetterQuery::new().status(LetterStatus::Dead);
    app.dead_letters().redrive(dead, Audit::by("ada")).await.unwrap();
    eventually("no book waits", async || parked().await == 0).await;
    let read = (backend.letters_read() - before) as u64;
    assert_eq!(office.desk.handled().len() as u64, BOOKS);
    assert!(read < BOOKS * 50, "{read} letters were read for {BOOKS}");
    app.publish(written(7, 1_007)).await.unwrap();
    eventually("the next number", async || office.desk.numbers(7) == [7, 1_007]).await;
    app.shutdown().await.unwrap();
}

/// Nothing waits behind the letters: all keys are let go of in one go, without a look at the log for each.
#[tokio::test]
async fn discarding_many_letters_lets_their_streams_go_on() {
    let office = Office::in_memory();
    (1..=BOOKS).for_each(|book| office.desk.judge(book, Verdict::Permanent));
    let app = office.start_for_long(handlers![copy]).await;
    app.publish_batch((1..=BOOKS).map(|book| written(book, book)).collect::<Vec<_>>()).await.unwrap();
    let parked = async || app.durable_handlers().parked("copy").await.unwrap().len() as u64;
    eventually("all books wait", async || parked().await == BOOKS).await;
    // This one has something behind it.
    app.publish(written(7, 1_007)).await.unwrap();
    app.dead_letters().discard(LetterQuery::new().status(LetterStatus::Dead), Audit::by("ada")).await.unwrap();
    eventually("no book waits", async || parked().await == 0).await;
    app.publish_batch(vec![written(7, 2_007), written(8, 2_008)]).await.unwrap();
    eventually("what waits and what comes", async || office.desk.handled().len() == 3).await;
    assert_eq!((office.desk.numbers(7), office.desk.numbers(8)), (vec![1_007, 2_007], vec![2_008]));
    app.shutdown().await.unwrap();
}

/// More than a lane takes in while its first event isn't done.
const BACKLOG: u64 = 10_000;

/// What is behind an event that takes long is handled too, but not without end: the log keeps the rest.
#[tokio::test]
async fn a_handler_that_is_stuck_takes_in_no_more_than_a_window() {
    #[derive(Clone, Default)]
    struct Way(Arc<(Notify, AtomicU64)>);

    #[event_handler(durable(from = "start"))]
    async fn pass(event: &Written, State(way): State<&Way>) {
        let (open, passed) = &*way.0;
        if event.number == 1 {
            open.notified().await;
        }
        passed.fetch_add(1, Ordering::Relaxed);
    }

    let office = Office::in_memory();
    office.publish_before((1..=BACKLOG).map(|number| written(number, number))).await;
    let way = Way::default();
    let app = office.builder(handlers![pass, copy]).state(way.clone()).start().await.unwrap();
    let passed = || way.0.1.load(Ordering::Relaxed);
    eventually("another handler is through", async || office.desk.handled().len() as u64 == BACKLOG).await;
    eventually("the window is full", async || passed() >= 4_000).await;
    assert!(passed() < BACKLOG / 2, "{}", passed());
    let row = app.durable_handlers().get("pass").await.unwrap().unwrap();
    assert!(row.lanes[0].checkpoint < Position::new(1), "{:?}", row.lanes);
    way.0.0.notify_one();
    eventually("all have passed", async || passed() == BACKLOG).await;
    let numbers: BTreeSet<_> = office.desk.handled().into_iter().map(|(_, number)| number).collect();
    assert_eq!(numbers.len() as u64, BACKLOG, "each page follows the one before it");
    app.shutdown().await.unwrap();
}
