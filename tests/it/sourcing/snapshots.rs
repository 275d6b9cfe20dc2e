//! Snapshots: a cache, never the truth.

use std::collections::BTreeMap;

use events::event::Payload;
use events::prelude::*;
use events::store::Snapshot;
use serde::{Deserialize, Serialize};

use super::conflicts::interfere;
use super::{PaidIn, Purse, paid, pay, purse};
use crate::support::{Fragile, eventually};

fn stream() -> StreamId {
    paid(0).stream().unwrap()
}

async fn snapshot(store: &EventStore) -> Option<Snapshot> {
    store.load_snapshot(&stream()).await.unwrap()
}

async fn snapshot_version(store: &EventStore) -> u64 {
    snapshot(store).await.map_or(0, |snapshot| snapshot.version.value())
}

/// What the snapshot and the tail say, and what all events say.
async fn both_ways(sourcing: &EventSourcing) -> (AggregateRoot<Purse>, AggregateRoot<Purse>) {
    let loaded = sourcing.load::<Purse>(purse()).await.unwrap();
    let replayed = sourcing.load_at::<Purse>(purse(), Version::new(u64::MAX)).await.unwrap();
    (loaded, replayed)
}

async fn assert_truth(sourcing: &EventSourcing) {
    let (loaded, replayed) = both_ways(sourcing).await;
    assert_eq!((loaded.state(), loaded.version()), (replayed.state(), replayed.version()));
}

#[tokio::test]
async fn a_snapshot_is_taken_whenever_enough_events_have_come() {
    let store = EventStore::memory();
    let sourcing = EventSourcing::new(store.clone());
    for (payments, expected) in [(1, 0), (2, 0), (3, 3), (4, 3), (5, 3), (6, 6), (7, 6)] {
        pay(&sourcing, payments).await;
        assert_eq!(snapshot_version(&store).await, expected, "after {payments} payments");
        assert_truth(&sourcing).await;
    }
    let mut root = sourcing.load::<Purse>(purse()).await.unwrap();
    root.apply(vec![paid(1); 5]);
    sourcing.save(&mut root).await.unwrap();
    assert_eq!(snapshot_version(&store).await, 12);
    assert_truth(&sourcing).await;
}

#[tokio::test]
async fn a_dispatcher_takes_snapshots_off_the_caller_s_path_and_waits_for_them_at_the_end() {
    let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build().unwrap();
    for _ in 0..3 {
        pay(&app.sourcing(), 1).await;
    }
    let report = app.shutdown().await.unwrap();
    assert_eq!((report.under_way, snapshot_version(app.store()).await), (0, 3));
}

#[tokio::test]
async fn a_snapshot_saves_reading_what_is_before_it() {
    let fragile = Fragile::new();
    let (store, sourcing) = (fragile.store(), EventSourcing::new(fragile.store()));
    for _ in 0..4 {
        pay(&sourcing, 1).await;
    }
    // A state that no events lead to shows where it comes from.
    let mut planted = snapshot(&store).await.unwrap();
    planted.state = Payload::from_json(r#"{"owner":"planted","pence":1000,"payments":0}"#);
    store.save_snapshot(planted).await.unwrap();
    let reads = fragile.stream_reads();
    let root = sourcing.load::<Purse>(purse()).await.unwrap();
    assert_eq!((root.owner.as_deref(), root.pence, root.version().value()), (Some("planted"), 1_001, 4));
    assert_eq!(root.last_change().unwrap().version().unwrap().value(), 4);
    assert!(fragile.stream_reads() - reads <= 2);
    store.delete_snapshot(&stream()).await.unwrap();
    assert_truth(&sourcing).await;
}

/// Guards: a root that was saved again and again had a snapshot taken at each save after the first.
#[tokio::test]
async fn a_root_that_is_saved_again_has_its_next_snapshot_when_it_is_due() {
    let store = EventStore::memory();
    let sourcing = EventSourcing::new(store.clone());
    let mut root = sourcing.load::<Purse>(purse()).await.unwrap();
    for expected in [0, 0, 3, 3, 3, 6, 6] {
        root.apply(paid(1));
        sourcing.save(&mut root).await.unwrap();
        assert_eq!(snapshot_version(&store).await, expected, "at {}", root.version());
    }
}

/// Guards: the last change was unknown when a snapshot was the newest of all.
#[tokio::test]
async fn the_last_change_does_not_depend_on_snapshots() {
    let store = EventStore::memory();
    let sourcing = EventSourcing::new(store.clone());
    for version in 1..=7 {
        pay(&sourcing, 1).await;
        let (loaded, replayed) = both_ways(&sourcing).await;
        assert_eq!(loaded.last_change(), replayed.last_change());
        assert_eq!(loaded.last_change().unwrap().version(), Some(Version::new(version)));
    }
    assert_eq!(snapshot_version(&store).await, 6);
}

/// Plants a changed snapshot over a stream of four events; it must not show.
async fn assert_ignored(change: impl FnOnce(&mut Snapshot)) -> (EventSourcing, EventStore) {
    let store = EventStore::memory();
    let sourcing = EventSourcing::new(store.clone());
    for _ in 0..4 {
        pay(&sourcing, 1).await;
    }
    let mut planted = snapshot(&store).await.unwrap();
    planted.state = Payload::from_json(r#"{"owner":null,"pence":1000,"payments":0}"#);
    change(&mut planted);
    store.save_snapshot(planted).await.unwrap();
    assert_truth(&sourcing).await;
    assert_eq!(sourcing.load::<Purse>(purse()).await.unwrap().pence, 4);
    (sourcing, store)
}

#[tokio::test]
async fn a_snapshot_of_other_code_is_left_aside_and_replaced() {
    let (sourcing, store) = assert_ignored(|planted| planted.fingerprint ^= 1).await;
    pay(&sourcing, 1).await;
    assert_eq!(snapshot_version(&store).await, 5);
    assert_eq!(sourcing.load::<Purse>(purse()).await.unwrap().pence, 5);
    assert_truth(&sourcing).await;
}

#[tokio::test]
async fn a_snapshot_that_can_not_be_read_is_left_aside() {
    for json in ["", "{", "null", "[]", r#"{"pence":"many"}"#, r#"{"owner":null,"pence":1}"#] {
        let (sourcing, _) = assert_ignored(|planted| planted.state = Payload::from_json(json)).await;
        for _ in 0..3 {
            pay(&sourcing, 1).await;
            assert_truth(&sourcing).await;
        }
    }
}

/// Guards: a snapshot from beyond the end of the stream was believed once the stream had grown.
#[tokio::test]
async fn a_snapshot_that_is_newer_than_its_stream_is_never_believed() {
    let (sourcing, store) = assert_ignored(|planted| planted.version = Version::new(9)).await;
    for _ in 0..10 {
        // Published without a command, so that no snapshot is taken.
        interfere(&store);
        assert_truth(&sourcing).await;
    }
}

/// Guards: a duplicate's events were folded in a second time, into a snapshot of a later version.
#[tokio::test]
async fn a_duplicate_leaves_no_trace_in_a_snapshot() {
    let store = EventStore::memory();
    let sourcing = EventSourcing::new(store.clone());
    pay(&sourcing, 1).await;
    let once = sourcing.clone().with(Context::new().with_event_id(EventId::now()));
    pay(&once, 10).await;
    assert!(pay(&once, 10).await.is_duplicate());
    let mut root = sourcing.load::<Purse>(purse()).await.unwrap();
    root.apply(paid(10));
    assert!(once.save(&mut root).await.unwrap().is_duplicate());
    for _ in 0..3 {
        // Published without a command, so that no snapshot is taken.
        interfere(&store);
        assert_truth(&sourcing).await;
    }
    assert_eq!(sourcing.load::<Purse>(purse()).await.unwrap().pence, 311);
}

#[tokio::test]
async fn a_deleted_snapshot_comes_again() {
    let store = EventStore::memory();
    let sourcing = EventSourcing::new(store.clone());
    for _ in 0..4 {
        pay(&sourcing, 1).await;
    }
    store.delete_snapshot(&stream()).await.unwrap();
    assert_truth(&sourcing).await;
    pay(&sourcing, 1).await;
    assert_eq!(snapshot_version(&store).await, 5);
}

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "sourcing.weighed", aggregate = "sourcing.scales")]
struct Weighed {
    #[event(id)]
    scales: u64,
    kilograms: f64,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Scales {
    total: f64,
    product: f64,
    last: BTreeMap<u64, f64>,
}

#[aggregate(name = "sourcing.scales", snapshot_every = 1)]
impl Scales {
    #[when]
    fn weighed(&mut self, event: &Weighed) {
        self.total += event.kilograms;
        self.product = (self.product + 1.1) * event.kilograms;
        self.last.insert(event.kilograms.to_bits() % 5, event.kilograms);
    }
}

/// Guards: numbers with a fraction came back from JSON as their neighbours.
#[tokio::test]
async fn state_from_a_snapshot_equals_state_from_all_events_to_the_last_bit() {
    let store = EventStore::memory();
    let sourcing = EventSourcing::new(store.clone());
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..300 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let kilograms = f64::from_bits((random >> 12) | 0x3fe0_0000_0000_0000);
        let weighed = || Ok::<_, std::fmt::Error>(Weighed { scales: 1, kilograms });
        sourcing.execute::<Scales, _, _>(1, |_| weighed()).await.unwrap();
        let loaded = sourcing.load::<Scales>(1).await.unwrap();
        let replayed = sourcing.load_at::<Scales>(1, Version::new(u64::MAX)).await.unwrap();
        assert_eq!(loaded.state(), replayed.state());
        assert_eq!(loaded.last[&(kilograms.to_bits() % 5)].to_bits(), kilograms.to_bits(), "what was recorded");
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "sourcing.visited", aggregate = "sourcing.map")]
struct Visited {
    #[event(id)]
    map: u64,
    at: (i32, i32),
}

/// JSON has no keys but text, so a snapshot of it can't be written.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Map {
    visits: BTreeMap<(i32, i32), u32>,
}

#[aggregate(name = "sourcing.map", snapshot_every = 1)]
impl Map {
    #[when]
    fn visited(&mut self, event: &Visited) {
        *self.visits.entry(event.at).or_default() += 1;
    }
}

#[tokio::test]
async fn a_state_that_can_not_be_written_has_no_snapshot_and_works_all_the_same() {
    let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build().unwrap();
    let handle = app.aggregate::<Map>(1);
    for round in 1..=3 {
        handle.execute(|_| Ok::<_, std::fmt::Error>(Visited { map: 1, at: (1, 2) })).await.unwrap();
        assert_eq!(handle.load().await.unwrap().visits[&(1, 2)], round);
    }
    assert_eq!(app.store().stats().await.unwrap().snapshots, 0);
}

#[tokio::test]
async fn racing_commands_leave_a_true_snapshot() {
    let fragile = Fragile::new().yielding();
    let app = EventDispatcher::builder().store(fragile.store()).handlers(HandlerRegistry::none()).build().unwrap();
    let recorder = events::testing::Recorder::<PaidIn>::new();
    app.subscribe(recorder.clone());
    for _ in 0..6 {
        let tasks: Vec<_> = (0..8)
            .map(|pence| {
                let sourcing = app.sourcing();
                tokio::spawn(async move { pay(&sourcing, pence).await.is_duplicate() })
            })
            .collect();
        for task in tasks {
            assert!(!task.await.unwrap());
        }
        eventually("a snapshot", || async { snapshot_version(app.store()).await > 0 }).await;
        assert_truth(&app.sourcing()).await;
    }
    assert_eq!(recorder.calls(), 48);
}
