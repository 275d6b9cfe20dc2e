//! Pausing, resuming, resetting, removing; the end of a process.

use events::Position;
use events::prelude::*;
use events::store::HandlerState;

use super::{Office, Verdict, copy, on_every_store, written};
use crate::support::eventually;

on_every_store![
    a_paused_handler_is_not_called,
    a_reset_handler_begins_again,
    a_handler_in_use_is_not_removed,
    shutting_down_waits_for_calls_and_counts_no_attempt,
    dropping_the_dispatcher_ends_its_lanes,
];

fn ada() -> Audit {
    Audit::by("ada").because("because")
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

async fn a_handler_in_use_is_not_removed(office: Office) {
    let app = office.start(handlers![copy]).await;
    let handlers = events::DurableHandlers::new(office.store.clone());
    eventually("the process is known", async || !handlers.processes().await.unwrap().is_empty()).await;
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
