//! Several processes on one store, as several dispatchers here.

use std::collections::BTreeMap;
use std::time::Duration;

use events::prelude::*;
use events::store::{ClaimLanes, HandlerAction, HandlerChange, LaneAnswer, LaneRow, LaneWrite, StorageBackend};

use super::{Desk, Office, Verdict, Written, copy, on_every_store, written};
use crate::support::{Fragile, eventually};

on_every_store![
    one_process_at_a_time_runs_a_lane,
    lanes_are_shared_out,
    processes_with_different_handlers_leave_none_out,
    processes_of_one_name_are_told_apart,
];

#[event_handler(durable(from = "start", partitions = 4))]
async fn divided(event: &Written, attempt: Attempt, State(desk): State<&Desk>) -> Result<Outcome, HandlerError> {
    desk.handle(event, attempt).await
}

async fn one_process_at_a_time_runs_a_lane(office: Office) {
    let (one, two) = (office.start(handlers![copy]).await, office.start(handlers![copy]).await);
    for number in 1..=50 {
        let app = if number % 2 == 0 { &one } else { &two };
        app.publish(written(1, number)).await.unwrap();
    }
    office.has(1, &(1..=50).collect::<Vec<_>>()).await;
    assert_eq!(office.desk.calls().len(), 50);
    one.shutdown().await.unwrap();
    let receipt = two.publish(written(1, 51)).await.unwrap();
    two.settled(&receipt).await.unwrap();
    assert_eq!(office.desk.numbers(1).len(), 51);
    two.shutdown().await.unwrap();
}

async fn lanes_are_shared_out(office: Office) {
    let one = office.start(handlers![divided]).await;
    let owners = async || {
        let row = one.durable_handlers().get("divided").await.unwrap().unwrap();
        let mut counts = BTreeMap::<String, usize>::new();
        for lane in row.lanes {
            *counts.entry(lane.owner.map_or(String::new(), |owner| owner.to_string())).or_default() += 1;
        }
        counts.into_values().collect::<Vec<_>>()
    };
    eventually("the first has all", async || owners().await == [4]).await;
    let two = office.start(handlers![divided]).await;
    eventually("each has half", async || owners().await == [2, 2]).await;
    let numbers: Vec<_> = (1..=80).map(|number| written(number % 8, number)).collect();
    let receipt = one.publish_batch(numbers).await.unwrap();
    one.settled(&receipt).await.unwrap();
    assert_eq!(office.desk.handled().len(), 80);
    two.shutdown().await.unwrap();
    eventually("the first has all again", async || owners().await == [4]).await;
    one.shutdown().await.unwrap();
}

/// Each counts for balance, but only one process can run the first three.
async fn processes_with_different_handlers_leave_none_out(office: Office) {
    #[event_handler(durable(from = "start"))]
    fn files(_: &Written) {}
    #[event_handler(durable(from = "start"))]
    fn stamps(_: &Written) {}
    #[event_handler(durable(from = "start"))]
    fn sends(_: &Written) {}

    let one = office.start(handlers![files, stamps, sends, copy]).await;
    let owners = async || {
        let rows = one.durable_handlers().list().await.unwrap();
        rows.into_iter().flat_map(|row| row.lanes).filter_map(|lane| lane.owner).collect::<Vec<_>>()
    };
    eventually("the first has all", async || owners().await.len() == 4).await;
    let two = office.start(handlers![copy]).await;
    let moved = async || {
        let owners = owners().await;
        owners.len() == 4 && owners.iter().any(|owner| *owner != owners[0])
    };
    eventually("the second has what it can run", moved).await;
    let receipt = two.publish(written(1, 1)).await.unwrap();
    one.settled(&receipt).await.unwrap();
    one.shutdown().await.unwrap();
    two.shutdown().await.unwrap();
}

async fn processes_of_one_name_are_told_apart(office: Office) {
    let start = async || office.builder(handlers![copy]).process_name("web-1").start().await.unwrap();
    let (one, two) = (start().await, start().await);
    let processes = one.durable_handlers().processes().await.unwrap();
    let names: Vec<_> = processes.iter().map(|process| process.process.as_str()).collect();
    assert!(names.len() == 2 && names.iter().all(|name| name.starts_with("web-1-")), "{names:?}");
    let owner = async || one.durable_handlers().get("copy").await.unwrap().unwrap().lanes.remove(0).owner;
    eventually("one of them has the lane", async || owner().await.is_some_and(|owner| names.contains(&owner.as_str())))
        .await;
    one.shutdown().await.unwrap();
    two.shutdown().await.unwrap();
}

/// Asks the backend itself for the lane of `copy`.
async fn lane(backend: &impl StorageBackend) -> LaneRow {
    let rows = backend.durable_handlers().await.unwrap();
    rows.into_iter().find(|row| row.name == "copy").unwrap().lanes.remove(0)
}

/// A process that was taken for dead has a call under way when somebody else takes its lane: what
/// comes of the call isn't written, and the event is handled by the new owner.
#[tokio::test]
async fn a_process_that_has_lost_its_lane_writes_nothing() {
    let backend = Fragile::new();
    let office = Office::of(EventStore::new(backend.clone()), None);
    office.desk.gate();
    office.desk.judge(1, Verdict::Fail);
    let app = office.start(handlers![copy]).await;
    app.publish(written(1, 1)).await.unwrap();
    eventually("the call is under way", async || office.desk.under_way() == 1).await;
    let before = lane(&backend).await;
    // Its lease ends without another sign of life, and somebody else claims the lane.
    let now = chrono::DateTime::UNIX_EPOCH + Duration::from_secs(3_600);
    let lease_until = now + Duration::from_secs(3_600);
    let claim = ClaimLanes { handlers: vec!["copy".into()], owner: "rival".into(), now, lease_until, limit: 1 };
    assert_eq!(backend.claim_lanes(claim).await.unwrap()[0].lane.epoch, before.epoch + 1);
    office.desk.let_through(1);
    eventually("the call has ended", async || office.desk.under_way() == 0).await;
    // It is noticed at the write, or at the next sign of life; neither leaves anything behind.
    app.shutdown().await.unwrap();
    let after = lane(&backend).await;
    assert_eq!((after.checkpoint, after.owner.unwrap().as_str()), (before.checkpoint, "rival"));
    assert!(app.dead_letters().list(LetterQuery::new()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_letter_that_can_not_be_written_stops_the_lane_and_nothing_is_skipped() {
    let backend = Fragile::new();
    let office = Office::of(EventStore::new(backend.clone()), None);
    office.desk.judge(2, Verdict::Permanent);
    backend.fail_letters(true);
    let app = office.start(handlers![copy]).await;
    app.publish_batch(vec![written(1, 1), written(1, 2), written(1, 3)]).await.unwrap();
    eventually("it has failed", async || office.desk.calls().len() >= 2).await;
    assert!(app.dead_letters().list(LetterQuery::new()).await.unwrap().is_empty());
    assert_eq!(office.desk.numbers(1), [1]);
    assert!(lane(&backend).await.checkpoint.value() < 2, "the checkpoint hasn't moved over it");
    backend.fail_letters(false);
    office.desk.judge(2, None);
    eventually("all is handled", async || office.desk.numbers(1).ends_with(&[2, 3])).await;
    app.shutdown().await.unwrap();
}

/// What a zombie would write is refused as a whole.
#[tokio::test]
async fn a_reset_fences_the_owner() {
    let backend = Fragile::new();
    let office = Office::of(EventStore::new(backend.clone()), None);
    let app = office.start(handlers![copy]).await;
    eventually("the lane is claimed", async || lane(&backend).await.owner.is_some()).await;
    let held = events::store::Lane { handler: "copy".into(), partition: 0, epoch: lane(&backend).await.epoch };
    let change = HandlerChange {
        handler: "copy".into(),
        action: HandlerAction::Reset { to: events::Position::START },
        by: "ada".into(),
        reason: String::new(),
        at: chrono::DateTime::UNIX_EPOCH,
    };
    assert!(backend.change_handler(change).await.unwrap());
    let mut write = LaneWrite::new(held, "a zombie", chrono::DateTime::UNIX_EPOCH);
    write.halt = Some("because".into());
    assert_eq!(backend.write_lane(write).await.unwrap(), LaneAnswer::Lost);
    app.shutdown().await.unwrap();
}
