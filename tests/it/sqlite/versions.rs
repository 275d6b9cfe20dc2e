//! Stores of earlier versions are opened by this one and go on.
//!
//! `tests/fixtures/sqlite/version-N.db` are files that the program of that schema version has written.
//! They are never changed. With a new version comes another one:
//! `EVENTS_FIXTURE=$PWD/tests/fixtures/sqlite/version-2.db cargo test -p events-tests --test it -- the_life_of_a_store`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use events::prelude::*;
use events::store::{FailedEvent, LetterQuery, LetterStatus, Snapshot};
use events::{ErrorKind, Position, Version};

use super::{Noted, file, open, raw, read, stream};
use crate::support::eventually;

/// Writes notes down, but for bad ones as long as it minds.
#[derive(Clone, Default)]
struct Clerk {
    indulgent: Arc<AtomicBool>,
    notes: Arc<Mutex<Vec<(u64, String)>>>,
}

impl Clerk {
    fn notes(&self) -> Vec<(u64, String)> {
        self.notes.lock().unwrap().clone()
    }
}

#[event_handler(durable(from = "start", partitions = 1))]
fn write_down(event: &Noted, State(clerk): State<&Clerk>) -> Result<(), HandlerError> {
    if event.text.starts_with("bad") && !clerk.indulgent.load(Ordering::SeqCst) {
        return Err(HandlerError::permanent("a bad note"));
    }
    clerk.notes.lock().unwrap().push((event.note, event.text.clone()));
    Ok(())
}

#[event_handler(
    durable(from = "start", partitions = 1),
    retry(attempts = 3, initial_delay = "5000h", max_delay = "5000h")
)]
fn wait_for_ink(event: &Noted) -> Result<(), HandlerError> {
    if event.text == "in ink" { Err(HandlerError::transient("there is no ink")) } else { Ok(()) }
}

fn note(note: u64, text: &str) -> Noted {
    Noted { note, text: text.to_owned() }
}

fn ada() -> Audit {
    Audit::by("ada").because("she has looked at it")
}

async fn start(store: &EventStore, clerk: &Clerk) -> EventDispatcher {
    let registry = HandlerRegistry::only(handlers![write_down, wait_for_ink]);
    let app = EventDispatcher::builder().store(store.clone()).state(clerk.clone()).handlers(registry);
    app.start().await.unwrap()
}

/// Makes a store with something of everything in it.
pub(super) async fn lived_in(path: &Path) {
    let store = open(path).await;
    live_in(&store).await;
    store.close().await.unwrap();
}

pub(crate) async fn live_in(store: &EventStore) {
    let clerk = Clerk::default();
    let app = start(store, &clerk).await;
    let as_ada = app.with(Context::actor("ada").with_tenant("acme").with_header("client", "fixture"));
    let mut last = as_ada.publish(note(1, "milk")).await.unwrap();
    for (number, text) in [(1, "bread"), (2, "bad luck"), (2, "better"), (3, "in ink"), (2, "best"), (3, "in pencil")] {
        last = app.publish(note(number, text)).await.unwrap();
    }
    app.settled(&last).await.unwrap();
    app.durable_handlers().pause("wait_for_ink", ada()).await.unwrap();
    let events = read(store, 1).await.unwrap();
    let [first, last] = &events[..] else { panic!("{events:?}") };
    let snapshot = Snapshot {
        stream: stream(1),
        version: last.version(),
        fingerprint: 7,
        taken_at: last.metadata().recorded_at().unwrap(),
        state: first.payload().clone(),
    };
    store.save_snapshot(snapshot).await.unwrap();
    app.shutdown().await.unwrap();
}

pub(super) fn fixture(version: i64) -> PathBuf {
    PathBuf::from(format!("{}/fixtures/sqlite/version-{version}.db", env!("CARGO_MANIFEST_DIR")))
}

async fn letters(app: &EventDispatcher, status: LetterStatus) -> Vec<FailedEvent> {
    app.dead_letters().list(LetterQuery::new().status(status)).await.unwrap()
}

/// A copy of a fixture is opened and used.
async fn goes_on(path: &Path) {
    let (store, clerk) = (open(path).await, Clerk::default());
    let stats = store.stats().await.unwrap();
    assert_eq!((stats.events, stats.streams, stats.snapshots), (7, 3, 1));
    let events = read(&store, 1).await.unwrap();
    assert_eq!(events[0].decode::<Noted>().unwrap(), note(1, "milk"));
    let metadata = events[0].metadata();
    assert_eq!(metadata.actor().map(|actor| actor.as_str()), Some("ada"));
    assert_eq!(metadata.tenant().map(|tenant| tenant.as_str()), Some("acme"));
    assert_eq!(metadata.headers()["client"], "fixture");
    assert_eq!(store.load_snapshot(&stream(1)).await.unwrap().unwrap().version, Version::new(2));

    let app = start(&store, &clerk).await;
    let [dead, retrying] = [LetterStatus::Dead, LetterStatus::Retrying];
    let (dead, retrying) = (letters(&app, dead).await, letters(&app, retrying).await);
    assert_eq!((dead.len(), dead[0].handler.as_str(), dead[0].position), (1, "write_down", Position::new(3)));
    assert_eq!((retrying.len(), retrying[0].handler.as_str()), (1, "wait_for_ink"));
    assert_eq!(app.dead_letters().operations(9).await.unwrap()[0].by, "ada");
    let rows = app.durable_handlers().list().await.unwrap();
    let states: Vec<_> = rows.iter().map(|row| (row.name.as_str(), row.state.to_string())).collect();
    assert_eq!(states, [("wait_for_ink", "paused".to_owned()), ("write_down", "running".to_owned())]);

    clerk.indulgent.store(true, Ordering::SeqCst);
    app.dead_letters().redrive(LetterQuery::new().id(dead[0].id), ada()).await.unwrap();
    app.publish(note(2, "new")).await.unwrap();
    eventually("it goes on where it was", async || clerk.notes().len() == 4).await;
    let expected = ["bad luck", "better", "best", "new"].map(|text| (2, text.to_owned()));
    assert_eq!(clerk.notes(), expected);
    app.durable_handlers().resume("wait_for_ink", ada()).await.unwrap();
    app.shutdown().await.unwrap();
    store.close().await.unwrap();
}

/// What makes up a schema, by name.
fn schema(path: &Path) -> BTreeMap<String, String> {
    let raw = raw(path);
    let mut statement = raw.prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL").unwrap();
    statement.query_map([], |row| row.try_into()).unwrap().map(Result::unwrap).collect()
}

fn version(path: &Path) -> i64 {
    raw(path).query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn the_life_of_a_store() {
    let (path, _folder) = file();
    lived_in(&path).await;
    if let Some(fixture) = std::env::var_os("EVENTS_FIXTURE") {
        fs::copy(&path, fixture).unwrap();
    }
    goes_on(&path).await;
}

/// Guards: a change of the schema without a new version would go unnoticed until an older file is met.
#[tokio::test]
async fn every_version_goes_on_with_the_schema_of_this_one() {
    let (new, _folder) = file();
    open(&new).await.close().await.unwrap();
    let (new, current) = (schema(&new), version(&new));
    for earlier in 1..=current {
        let (path, _folder) = file();
        fs::copy(fixture(earlier), &path).unwrap();
        assert_eq!(version(&path), earlier);
        goes_on(&path).await;
        assert_eq!(version(&path), current);
        assert_eq!(schema(&path), new, "a store of version {earlier}");
    }
    assert!(!fixture(current + 1).exists());
}

#[tokio::test]
async fn a_store_that_has_lost_a_table_is_refused_and_left_alone() {
    let (path, _folder) = file();
    fs::copy(fixture(1), &path).unwrap();
    raw(&path).execute_batch("DROP TABLE streams").unwrap();
    let before = fs::read(&path).unwrap();
    let error = super::refused(&path).await;
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("`streams`") && error.to_string().contains("backup"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}
