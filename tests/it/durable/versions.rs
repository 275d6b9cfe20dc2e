//! A new version of a handler, beside the old one; and a handler that goes over its history again.

use events::Replay;
use events::delivery::CheckFinding;
use events::prelude::*;
use events::store::{EventFilter, LogQuery};

use super::{Closed, Desk, Office, Written, on_every_store, written};
use crate::support::eventually;

on_every_store![
    a_new_version_goes_over_history_beside_the_old_one,
    a_version_follows_the_newest_that_the_store_knows,
    what_is_emitted_in_a_rebuild_is_held_back,
];

#[event_handler(name = "versions.close", durable(from = "start"))]
fn close_first(event: &Written, replay: Replay, State(desk): State<&Desk>) -> Result<(), events::Error> {
    close(&[event], replay, desk)
}

#[event_handler(name = "versions.close", durable(from = "start", version = 2))]
async fn close_second(event: &Written, replay: Replay, State(desk): State<&Desk>) -> Result<(), events::Error> {
    tokio::task::yield_now().await;
    close(&[event], replay, desk)
}

#[event_handler(name = "versions.close", durable(from = "start", version = 4))]
fn close_fourth(event: &Written, replay: Replay, State(desk): State<&Desk>) -> Result<(), events::Error> {
    close(&[event], replay, desk)
}

#[event_handler(durable(from = "start", batch = 10))]
fn close_all(events: &[Envelope<'_, Written>], replay: Replay, State(desk): State<&Desk>) -> Result<(), events::Error> {
    let events: Vec<_> = events.iter().map(Envelope::event).collect();
    close(&events, replay, desk)
}

/// Emits that each book is closed; a batch of replayed ones begins with a 0.
fn close(events: &[&Written], replay: Replay, desk: &Desk) -> Result<(), events::Error> {
    let replayed = replay.is_replay().then_some(0);
    let numbers = replayed.into_iter().chain(events.iter().map(|event| event.number)).collect();
    desk.0.batches.lock().unwrap().push(numbers);
    events.iter().try_for_each(|event| events::emit(Closed { book: event.book }))
}

/// The books that were closed, sorted: what is about different books has no order.
async fn closed(office: &Office) -> Vec<String> {
    let query = LogQuery::new().with_filter(EventFilter::new().name("durable.closed"));
    let events = office.store.read_log(query).await.unwrap().into_events();
    let mut books: Vec<_> =
        events.iter().map(|event| event.stream().to_string().replace("durable.book/", "")).collect();
    books.sort();
    books
}

async fn settle(app: &EventDispatcher, events: Vec<Written>) {
    let receipt = app.publish_batch(events).await.unwrap();
    app.settled(&receipt).await.unwrap();
}

async fn a_new_version_goes_over_history_beside_the_old_one(office: Office) {
    let old = office.start(handlers![close_first]).await;
    settle(&old, vec![written(1, 1), written(2, 2), written(3, 3)]).await;
    assert_eq!(closed(&office).await, ["1", "2", "3"]);
    office.desk.0.batches.lock().unwrap().clear();
    // A newer process; the old one goes on.
    let new = office.start(handlers![close_second]).await;
    let handlers = new.durable_handlers();
    let caught_up = async || {
        let row = handlers.get("versions.close@2").await.unwrap().unwrap();
        row.lanes[0].checkpoint >= row.replay_until
    };
    eventually("the new version has caught up", caught_up).await;
    assert_eq!(office.desk.batches(), [[0, 1], [0, 2], [0, 3]], "as history");
    assert_eq!(closed(&office).await.len(), 3, "nothing is emitted once more");
    office.desk.0.batches.lock().unwrap().clear();
    settle(&new, vec![written(4, 4)]).await;
    eventually("both have handled it", async || office.desk.batches() == [[4], [4]]).await;
    eventually("and have emitted", async || closed(&office).await[3..] == ["4", "4"]).await;
    old.shutdown().await.unwrap();
    let detached = async || {
        let check = handlers.check("versions.close", EventFilter::new().name("durable.written")).await.unwrap();
        check.findings.iter().any(|finding| matches!(finding, CheckFinding::Detached))
    };
    eventually("nobody declares the old one", async || detached().await).await;
    settle(&new, vec![written(5, 5)]).await;
    assert_eq!(closed(&office).await[5..], ["5"]);
    let why = Audit::by("ada").because("version 2 is there");
    handlers.remove("versions.close", why).await.unwrap();
    new.shutdown().await.unwrap();
}

async fn a_version_follows_the_newest_that_the_store_knows(office: Office) {
    let app = office.start(handlers![close_second]).await;
    settle(&app, vec![written(1, 1)]).await;
    assert_eq!(office.desk.batches(), [[1]], "without a first version nothing was handled before");
    assert_eq!(closed(&office).await, ["1"]);
    app.shutdown().await.unwrap();
    // The third was never rolled out.
    let app = office.start(handlers![close_fourth]).await;
    settle(&app, vec![written(2, 2)]).await;
    assert_eq!(office.desk.batches()[1..], [vec![0, 1], vec![2]]);
    assert_eq!(closed(&office).await, ["1", "2"]);
    app.shutdown().await.unwrap();
}

async fn what_is_emitted_in_a_rebuild_is_held_back(office: Office) {
    office.publish_before((1..=3).map(|number| written(number, number))).await;
    let app = office.start(handlers![close_all]).await;
    eventually("the books are closed", async || closed(&office).await.len() == 3).await;
    let handlers = app.durable_handlers();
    let ada = || Audit::by("ada").because("its table was wrong");
    let row = async || handlers.get("close_all").await.unwrap().unwrap();
    eventually("its checkpoint is kept", async || row().await.lanes[0].checkpoint.value() >= 3).await;
    handlers.pause("close_all", ada()).await.unwrap();
    eventually("its lane is free", async || row().await.lanes[0].owner.is_none()).await;
    office.desk.0.batches.lock().unwrap().clear();
    handlers.rebuild("close_all", ada()).await.unwrap();
    app.publish_batch(vec![written(4, 4), written(5, 5)]).await.unwrap();
    handlers.resume("close_all", ada()).await.unwrap();
    eventually("all are handled", async || office.desk.batches() == [vec![0, 1, 2, 3], vec![4, 5]]).await;
    eventually("the new ones are closed", async || closed(&office).await == ["1", "2", "3", "4", "5"]).await;
    app.shutdown().await.unwrap();
}
