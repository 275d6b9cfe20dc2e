//! Events that a newer program has written: this one has no attempt at them, and passes them by nowhere.

use std::time::Duration;

use events::event::{EventMetadata, MetadataParts};
use events::prelude::*;
use events::store::{Append, Beat, ClaimLanes, HandlerRow, NewEvent, StorageBackend};
use events::{Position, SchemaVersion};

use super::{Desk, Office, Written, copy, follow, on_every_store, written};
use crate::support::{Fragile, eventually};

on_every_store![
    what_was_handled_before_is_noted_and_nothing_is_tried,
    calls_under_way_are_ended,
    no_lane_takes_it_for_another_s
];

#[event_handler(durable(from = "start", order = key(number), partitions = 2))]
async fn by_number(event: &Written, attempt: Attempt, State(desk): State<&Desk>) -> Result<Outcome, HandlerError> {
    desk.handle(event, attempt).await
}

#[event_handler(durable(from = "start"))]
fn copy_now(event: &Written, attempt: Attempt, State(desk): State<&Desk>) -> Result<Outcome, HandlerError> {
    desk.handle_now(event, attempt)
}

/// Records an event of a schema version that this program doesn't know.
async fn from_a_newer_program(store: &EventStore, event: Written) -> Position {
    let id = EventId::now();
    let known = EventMetadata::new(&event, &Context::new());
    let metadata = EventMetadata::from(MetadataParts {
        event_id: id,
        name: known.name().clone(),
        schema_version: SchemaVersion::new(known.schema_version().value() + 1),
        stream: known.stream().clone(),
        occurred_at: known.occurred_at(),
        recording: None,
        correlation_id: id.into(),
        causation_id: None,
        actor: None,
        tenant: None,
        trace: None,
        headers: Default::default(),
    });
    let appended = store.append(Append::new().event(NewEvent::new(&event, metadata).unwrap())).await.unwrap();
    appended.recordings()[0].position
}

async fn row(app: &EventDispatcher, handler: &str) -> HandlerRow {
    app.durable_handlers().get(handler).await.unwrap().unwrap()
}

/// Waits until nobody has the handler's lanes.
async fn is_given_up(app: &EventDispatcher, handler: &str) -> HandlerRow {
    let nobody = async || row(app, handler).await.lanes.iter().all(|lane| lane.owner.is_none() && lane.epoch > 0);
    eventually("the lane is given up", nobody).await;
    row(app, handler).await
}

async fn what_was_handled_before_is_noted_and_nothing_is_tried(office: Office) {
    office.publish_before((1..=300).map(|number| written(number % 7, number))).await;
    let newer = from_a_newer_program(&office.store, written(1, 301)).await;
    office.publish_before([written(1, 302)]).await;
    let app = office.start(handlers![copy_now]).await;
    let row = is_given_up(&app, "copy_now").await;
    assert_eq!(row.lanes[0].checkpoint.value(), newer.value() - 1);
    assert_eq!(office.desk.calls().len(), 300, "each before it once, and none after it");
    assert!(app.dead_letters().list(LetterQuery::new()).await.unwrap().is_empty());
    app.shutdown().await.unwrap();
}

async fn calls_under_way_are_ended(office: Office) {
    office.desk.gate();
    office.publish_before([written(1, 1), written(2, 2)]).await;
    let newer = from_a_newer_program(&office.store, written(3, 3)).await;
    let app = office.start(handlers![copy]).await;
    eventually("two calls are under way", async || office.desk.under_way() == 2).await;
    office.desk.let_through(2);
    let row = is_given_up(&app, "copy").await;
    assert_eq!(row.lanes[0].checkpoint.value(), newer.value() - 1);
    assert_eq!(office.desk.handled(), [(1, 1), (2, 2)]);
    app.shutdown().await.unwrap();
}

/// The number is in what this program can't read: the key that it would guess leads to any lane.
async fn no_lane_takes_it_for_another_s(office: Office) {
    let mut newer = Vec::new();
    for number in 1..=8 {
        newer.push(from_a_newer_program(&office.store, written(number, number)).await);
    }
    let app = office.start(handlers![by_number]).await;
    let row = is_given_up(&app, "by_number").await;
    assert!(row.lanes.iter().all(|lane| lane.checkpoint < newer[0]), "{:?}", row.lanes);
    app.shutdown().await.unwrap();
}

/// The old program leaves the handler to the new one, which would be refused a lane beyond its part.
#[tokio::test]
async fn a_process_that_is_too_old_makes_room_for_a_newer_one() {
    let backend = Fragile::new();
    let office = Office::of(EventStore::new(backend.clone()), None);
    let now = chrono::DateTime::UNIX_EPOCH;
    let until = now + Duration::from_secs(3_600);
    let beat = Beat {
        process: "newer".into(),
        build: String::new(),
        handlers: vec!["copy".into(), "follow".into()],
        at: now,
        until,
    };
    let app = office.builder(handlers![copy, follow]).lease(Duration::from_secs(1)).start().await.unwrap();
    eventually("it has both", async || {
        row(&app, "copy").await.lanes[0].owner.is_some() && row(&app, "follow").await.lanes[0].owner.is_some()
    })
    .await;
    from_a_newer_program(&office.store, written(1, 1)).await;
    let row = is_given_up(&app, "copy").await;
    backend.beat(beat).await.unwrap();
    let declares = async || {
        let processes = backend.processes(now).await.unwrap();
        processes.iter().filter(|process| process.handlers.contains(&"copy".into())).count()
    };
    eventually("the newer one alone is told of", async || declares().await == 1).await;
    let claim = ClaimLanes { handlers: vec!["copy".into()], owner: "newer".into(), now, lease_until: until, limit: 1 };
    let leases = backend.claim_lanes(claim).await.unwrap();
    assert_eq!(leases[0].checkpoint, row.lanes[0].checkpoint);
    app.shutdown().await.unwrap();
}
