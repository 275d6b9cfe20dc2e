//! Handlers of several events at once.

use std::collections::HashSet;

use events::prelude::*;

use super::{Closed, Desk, Office, Verdict, Written, on_every_store, written};
use crate::support::eventually;

on_every_store![
    what_is_there_is_handled_at_once,
    only_the_failing_event_of_a_batch_is_parked,
    events_of_parked_keys_are_in_no_batch,
    an_outage_is_probed_with_one_event,
    each_lane_has_batches_of_its_own,
    a_failure_blocks_the_batches_of_a_global_order,
    a_batch_without_order_goes_on_after_its_failure,
    a_handler_that_is_a_method_takes_batches,
    a_batch_of_several_sorts_of_events,
];

#[event_handler(durable(from = "start", batch = 10), retry(attempts = 3, initial_delay = "10s", jitter = 0.0))]
async fn copy_all(
    events: &[Envelope<'_, Written>],
    attempt: Attempt,
    State(desk): State<&Desk>,
) -> Result<Outcome, HandlerError> {
    // What has to wait is a task of its own.
    tokio::task::yield_now().await;
    desk.handle_all(events, attempt)
}

#[event_handler(durable(from = "start", batch = 5, partitions = 3))]
fn divide_all(
    events: &[Envelope<'_, Written>],
    attempt: Attempt,
    State(desk): State<&Desk>,
) -> Result<Outcome, HandlerError> {
    desk.handle_all(events, attempt)
}

#[event_handler(
    durable(from = "start", batch = 10, order = "global"),
    retry(attempts = 3, initial_delay = "10s", jitter = 0.0)
)]
fn all_in_a_row(
    events: &[Envelope<'_, Written>],
    attempt: Attempt,
    State(desk): State<&Desk>,
) -> Result<Outcome, HandlerError> {
    desk.handle_all(events, attempt)
}

#[event_handler(
    durable(from = "start", batch = 10, order = "none"),
    retry(attempts = 2, initial_delay = "10s", jitter = 0.0)
)]
fn scatter_all(
    events: &[Envelope<'_, Written>],
    attempt: Attempt,
    State(desk): State<&Desk>,
) -> Result<Outcome, HandlerError> {
    desk.handle_all(events, attempt)
}

/// A value whose method takes batches.
struct Clerk(Desk);

#[event_handler(durable(from = "start"))]
impl Clerk {
    async fn file(&self, events: &[Envelope<'_, Written>], attempt: Attempt) -> Result<Outcome, HandlerError> {
        self.0.handle_all(events, attempt)
    }
}

/// Numbers, and 0 for a book that was closed.
#[event_handler(events(Written, Closed), durable(from = "start", batch = 10))]
fn list_all(events: &[&RecordedEvent], State(desk): State<&Desk>) -> Result<(), HandlerError> {
    let number = |event: &&RecordedEvent| match event.is::<Written>() {
        true => event.decode::<Written>().map(|event| event.number),
        false => event.decode::<Closed>().map(|_| 0),
    };
    let numbers = events.iter().map(number).collect::<Result<_, _>>().map_err(HandlerError::permanent)?;
    desk.0.batches.lock().unwrap().push(numbers);
    Ok(())
}

async fn letters(app: &EventDispatcher, status: LetterStatus) -> Vec<events::store::FailedEvent> {
    app.dead_letters().list(LetterQuery::new().status(status)).await.unwrap()
}

async fn what_is_there_is_handled_at_once(office: Office) {
    office.publish_before((1..=25).map(|number| written(number % 3, number))).await;
    let app = office.start(handlers![copy_all]).await;
    eventually("all are handled", async || office.desk.handled().len() == 25).await;
    let sizes: Vec<_> = office.desk.batches().iter().map(Vec::len).collect();
    assert_eq!(sizes, [10, 10, 5]);
    // One more isn't kept waiting for others.
    let receipt = app.publish(written(1, 26)).await.unwrap();
    app.settled(&receipt).await.unwrap();
    assert_eq!(office.desk.batches().concat(), (1..=26).collect::<Vec<_>>());
    assert_eq!(office.desk.batches().last().map(Vec::as_slice), Some(&[26][..]));
    app.shutdown().await.unwrap();
    let row = app.durable_handlers().get("copy_all").await.unwrap().unwrap();
    assert_eq!(row.lanes[0].checkpoint.value(), 26);
}

async fn only_the_failing_event_of_a_batch_is_parked(office: Office) {
    office.desk.judge(2, Verdict::Fail);
    office.publish_before([written(1, 1), written(1, 2), written(2, 3), written(1, 4), written(2, 5)]).await;
    let app = office.start(handlers![copy_all]).await;
    office.has(2, &[3, 5]).await;
    assert_eq!(office.desk.numbers(1), [1]);
    assert_eq!(office.desk.batches(), [vec![1, 2, 3, 4, 5], vec![1], vec![2], vec![3], vec![5]]);
    eventually("it has a letter", async || letters(&app, LetterStatus::Retrying).await.len() == 1).await;
    assert_eq!(letters(&app, LetterStatus::Retrying).await[0].attempts, 1, "the batch was none");
    office.desk.judge(2, None);
    office.advance(10);
    office.has(1, &[1, 2, 4]).await;
    let second: Vec<_> = office.desk.calls().into_iter().filter(|(_, number, _)| *number == 2).collect();
    assert_eq!(second, [(1, 2, 1), (1, 2, 1), (1, 2, 2)], "in the batch, by itself, and from its letter");
    app.shutdown().await.unwrap();
}

async fn events_of_parked_keys_are_in_no_batch(office: Office) {
    office.desk.judge(1, Verdict::Permanent);
    let app = office.start(handlers![copy_all]).await;
    let first = app.publish(written(1, 1)).await.unwrap();
    app.settled(&first).await.unwrap();
    let rest = (2..=9).map(|number| written(number % 2, number)).collect::<Vec<_>>();
    let receipt = app.publish_batch(rest).await.unwrap();
    assert_eq!(app.settled(&receipt).await.unwrap().parked.len(), 4);
    assert_eq!(office.desk.batches(), [vec![1], vec![2, 4, 6, 8]]);
    office.desk.judge(1, None);
    let why = Audit::by("ada").because("mended");
    app.dead_letters().redrive(LetterQuery::all(), why).await.unwrap();
    office.has(1, &[1, 3, 5, 7, 9]).await;
    app.shutdown().await.unwrap();
}

async fn an_outage_is_probed_with_one_event(office: Office) {
    office.desk.outage(true);
    office.publish_before((1..=50).map(|number| written(number, number))).await;
    let app = office.start_for_long(handlers![copy_all]).await;
    eventually("the circuit opens", async || office.desk.batches().len() > 10).await;
    office.pass_time("the probes fail", || office.desk.batches().len() > 14).await;
    let sizes: Vec<_> = office.desk.batches().iter().map(Vec::len).collect();
    assert_eq!(sizes.iter().filter(|size| **size > 1).count(), 1, "one batch, and then one event at a time: {sizes:?}");
    assert!(letters(&app, LetterStatus::Dead).await.is_empty());
    let failed = sizes.len();
    office.desk.outage(false);
    office.pass_time("all is handled", || office.desk.handled().len() == 50).await;
    assert!(office.desk.batches()[failed..].iter().any(|batch| batch.len() == 10), "batches again");
    app.shutdown().await.unwrap();
}

async fn each_lane_has_batches_of_its_own(office: Office) {
    office.publish_before((1..=60).map(|number| written(number % 6, number))).await;
    let app = office.start(handlers![divide_all]).await;
    eventually("all are handled", async || office.desk.handled().len() == 60).await;
    assert_eq!(office.desk.calls().len(), 60, "each in one lane");
    for book in 0..6 {
        assert!(office.desk.numbers(book).is_sorted());
    }
    let mixed: HashSet<_> = office.desk.batches().iter().map(|batch| batch.len()).collect();
    assert!(mixed.contains(&5), "{mixed:?}");
    app.shutdown().await.unwrap();
}

async fn a_failure_blocks_the_batches_of_a_global_order(office: Office) {
    office.desk.judge(3, Verdict::Fail);
    office.publish_before((1..=6).map(|number| written(number, number))).await;
    let app = office.start(handlers![all_in_a_row]).await;
    eventually("it has a letter", async || letters(&app, LetterStatus::Retrying).await.len() == 1).await;
    assert_eq!(office.desk.handled(), [(1, 1), (2, 2)]);
    office.desk.judge(3, None);
    office.advance(10);
    eventually("all are handled", async || office.desk.handled().len() == 6).await;
    assert!(office.desk.handled().is_sorted());
    app.shutdown().await.unwrap();
}

async fn a_batch_without_order_goes_on_after_its_failure(office: Office) {
    office.desk.judge(1, Verdict::Panic);
    office.publish_before((1..=12).map(|number| written(1, number))).await;
    let app = office.start(handlers![scatter_all]).await;
    office.has(1, &(2..=12).collect::<Vec<_>>()).await;
    office.desk.judge(1, None);
    eventually("it has a letter", async || letters(&app, LetterStatus::Retrying).await.len() == 1).await;
    office.advance(10);
    eventually("it is handled", async || office.desk.handled().len() == 12).await;
    app.shutdown().await.unwrap();
}

async fn a_handler_that_is_a_method_takes_batches(office: Office) {
    office.publish_before((1..=7).map(|number| written(1, number))).await;
    let app = office.builder(handlers![Clerk]).state(Clerk(office.desk.clone())).start().await.unwrap();
    office.has(1, &(1..=7).collect::<Vec<_>>()).await;
    assert_eq!(office.desk.batches(), [(1..=7).collect::<Vec<_>>()]);
    app.shutdown().await.unwrap();
}

async fn a_batch_of_several_sorts_of_events(office: Office) {
    let app = office.builder([]).build().unwrap();
    app.publish_batch((written(1, 1), Closed { book: 1 }, written(2, 2))).await.unwrap();
    let app = office.start(handlers![list_all]).await;
    eventually("they are handled", async || office.desk.batches() == [[1, 0, 2]]).await;
    app.shutdown().await.unwrap();
}
