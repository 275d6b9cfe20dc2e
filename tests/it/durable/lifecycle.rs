//! Pausing, resuming, resetting, removing; the end of a process.

use std::sync::{Mutex, mpsc};
use std::time::Duration;

use events::Position;
use events::prelude::*;
use events::store::HandlerState;

use super::{Office, Verdict, Written, copy, on_every_store, written};
use crate::support::eventually;

on_every_store![
    a_paused_handler_is_not_called,
    named_handlers_are_waited_for_alone,
    a_reset_handler_begins_again,
    a_handler_is_not_reset_to_what_is_still_to_come,
    a_handler_in_use_is_not_removed,
    shutting_down_waits_for_calls_and_counts_no_attempt,
    dropping_the_dispatcher_ends_its_lanes,
];

fn ada() -> Audit {
    Audit::by("ada").because("because")
}

#[event_handler(durable(from = "start"))]
fn glance(_: &Written) {}

async fn named_handlers_are_waited_for_alone(office: Office) {
    office.desk.gate();
    let app = office.start_for_long(handlers![copy, glance]).await;
    let receipt = app.publish(written(1, 1)).await.unwrap();
    let (long, short) = (Duration::from_secs(60), Duration::from_secs(2));
    assert!(app.settled_by(&receipt, ["glance"], long).await.unwrap().parked.is_empty());
    let late = app.settled_by(&receipt, ["glance", "copy"], short).await.unwrap_err();
    assert!(late.is_timeout() && late.to_string().contains("`copy` is 1 positions behind"), "{late}");
    let unknown = app.settled_by(&receipt, ["glance", "stare"], long).await.unwrap_err();
    assert!(unknown.is_not_found() && unknown.to_string().contains("`stare`"), "{unknown}");
    office.desk.let_through(9);
    app.settled_by(&receipt, ["copy"], long).await.unwrap();

    app.durable_handlers().pause("glance", ada()).await.unwrap();
    let row = async || app.durable_handlers().get("glance").await.unwrap().unwrap();
    eventually("its lane is given back", async || row().await.lanes[0].owner.is_none()).await;
    let receipt = app.publish(written(1, 2)).await.unwrap();
    app.settled(&receipt).await.unwrap();
    let late = app.settled_by(&receipt, ["glance"], short).await.unwrap_err();
    assert!(late.to_string().contains("`glance`"), "a paused handler is waited for, being named: {late}");
    app.shutdown().await.unwrap();
}

async fn a_paused_handler_is_not_called(office: Office) {
    let app = office.start(handlers![copy]).await;
    let handlers = app.durable_handlers();
    handlers.pause("copy", ada()).await.unwrap();
    let owned = async || handlers.get("copy").await.unwrap().unwrap().lanes[0].owner.is_some();
    eventually("its lane is free", async || !owned().await).await;
    let receipt = app.publish(written(1, 1)).await.unwrap();
    assert_eq!(app.settled(&receipt).await.unwrap().parked, [], "a paused handler isn't waited for");
    let row = handlers.get("copy").await.unwrap().unwrap();
    assert_eq!((row.state, row.reason.as_deref()), (HandlerState::Paused, Some("because")));
    assert_eq!(office.desk.calls(), []);
    handlers.resume("copy", ada()).await.unwrap();
    office.has(1, &[1]).await;
    assert_eq!(app.dead_letters().operations(9).await.unwrap().len(), 2);
    app.shutdown().await.unwrap();
}

async fn a_reset_handler_begins_again(office: Office) {
    office.desk.judge(2, Verdict::Permanent);
    let app = office.start(handlers![copy]).await;
    let receipt = app.publish_batch(vec![written(1, 1), written(1, 2), written(1, 3)]).await.unwrap();
    app.settled(&receipt).await.unwrap();
    office.desk.judge(2, None);
    app.durable_handlers().reset("copy", Position::START, ada()).await.unwrap();
    office.has(1, &[1, 1, 2, 3]).await;
    let letters = app.dead_letters().list(LetterQuery::new()).await.unwrap();
    assert_eq!(letters[0].status, LetterStatus::Discarded);
    app.shutdown().await.unwrap();
}

/// Guards: a handler could be left out of the log by a number with a digit too many.
async fn a_handler_is_not_reset_to_what_is_still_to_come(office: Office) {
    office.publish_before((1..=3).map(|number| written(1, number))).await;
    let app = office.start(handlers![copy]).await;
    office.has(1, &[1, 2, 3]).await;
    let handlers = app.durable_handlers();
    let end = Position::new(3);
    for beyond in [end.next(), Position::new(1_000_000)] {
        let refused = handlers.reset("copy", beyond, ada()).await.unwrap_err();
        assert!(refused.is_invalid() && refused.to_string().contains("the log ends at position 3"), "{refused}");
    }
    assert_eq!(app.dead_letters().operations(9).await.unwrap(), [], "nothing was done");
    handlers.reset("copy", end, ada()).await.unwrap();
    app.publish(written(1, 4)).await.unwrap();
    office.has(1, &[1, 2, 3, 4]).await;
    app.shutdown().await.unwrap();
}

async fn a_handler_in_use_is_not_removed(office: Office) {
    let app = office.start(handlers![copy]).await;
    let handlers = events::DurableHandlers::new(office.store.clone());
    assert_eq!(handlers.processes().await.unwrap()[0].handlers, ["copy"], "from its start on");
    assert!(handlers.remove("copy", ada()).await.unwrap_err().is_invalid());
    app.shutdown().await.unwrap();
    handlers.remove("copy", ada()).await.unwrap();
    assert_eq!(handlers.list().await.unwrap(), []);
    assert!(handlers.remove("copy", ada()).await.unwrap_err().is_not_found());
}

async fn shutting_down_waits_for_calls_and_counts_no_attempt(office: Office) {
    office.desk.gate();
    let app = office.start(handlers![copy]).await;
    app.publish_batch(vec![written(1, 1), written(1, 2)]).await.unwrap();
    eventually("the first is under way", async || office.desk.under_way() == 1).await;
    let ending = tokio::spawn({
        let app = app.clone();
        async move { app.shutdown().await.unwrap() }
    });
    eventually("the end has begun", async || app.publish(written(9, 9)).await.is_err()).await;
    office.desk.let_through(1);
    ending.await.unwrap();
    assert_eq!(office.desk.handled(), [(1, 1)], "what was under way has ended, the next hasn't begun");
    let row = app.durable_handlers().get("copy").await.unwrap().unwrap();
    assert_eq!((row.lanes[0].owner.as_ref(), row.lanes[0].checkpoint), (None, Position::new(1)));
    assert_eq!(app.dead_letters().list(LetterQuery::new()).await.unwrap(), []);
}

async fn dropping_the_dispatcher_ends_its_lanes(office: Office) {
    let app = office.start(handlers![copy]).await;
    let receipt = app.publish(written(1, 1)).await.unwrap();
    app.settled(&receipt).await.unwrap();
    drop(app);
    let handlers = events::DurableHandlers::new(office.store.clone());
    eventually("its lane is free", async || handlers.get("copy").await.unwrap().unwrap().lanes[0].owner.is_none())
        .await;
}

/// Where a handler is held up that can't wait otherwise.
struct Barrier(Mutex<mpsc::Receiver<()>>);

#[event_handler(durable(from = "start"))]
fn hold_up(event: &Written, State(Barrier(barrier)): State<&Barrier>) -> Result<(), mpsc::RecvTimeoutError> {
    if event.number == 2_500 { barrier.lock().unwrap().recv_timeout(Duration::from_secs(60)) } else { Ok(()) }
}

/// It gets through the log in one go, and its checkpoint is kept on the way all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_never_waits_keeps_its_checkpoint_on_the_way() {
    let office = Office::in_memory();
    office.publish_before((1..=3_000).map(|number| written(number % 7, number))).await;
    let (open, barrier) = mpsc::channel();
    let app = office.builder(handlers![hold_up]).state(Barrier(Mutex::new(barrier))).start().await.unwrap();
    let checkpoint = async || app.durable_handlers().get("hold_up").await.unwrap().unwrap().lanes[0].checkpoint.value();
    eventually("it is kept", async || checkpoint().await == 2_000).await;
    open.send(()).unwrap();
    eventually("it is done", async || checkpoint().await == 3_000).await;
    app.shutdown().await.unwrap();
}
