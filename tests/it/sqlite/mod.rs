//! What only the SQLite store has: files, other processes, damage.

mod backup;
mod docs;
mod failures;
mod files;
#[cfg(unix)]
mod full_disk;
mod inside;
mod log_of_changes;
// Its other processes are those of the program `crash`, which knows both databases.
#[cfg(feature = "postgres")]
mod processes;
mod read_only;
mod transactions;
mod versions;

#[cfg(feature = "postgres")]
pub(crate) use versions::live_in;

use std::path::{Path, PathBuf};

use events::prelude::*;
use events::store::{Append, NewEvent, SqliteBackend, SqliteOptions, StreamQuery};
use events::{Error, StreamId};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event(name = "sqlite_noted", aggregate = "sqlite_note")]
struct Noted {
    #[event(id)]
    note: u64,
    text: String,
}

/// A store in a folder that is removed with the guard.
pub(crate) async fn in_a_folder() -> (EventStore, TempDir) {
    let (path, folder) = file();
    (open(&path).await, folder)
}

fn file() -> (PathBuf, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (folder.path().join("events.db"), folder)
}

async fn open(path: &Path) -> EventStore {
    with(SqliteOptions::new(path)).await
}

async fn with(options: SqliteOptions) -> EventStore {
    EventStore::new(SqliteBackend::open(options).await.unwrap())
}

async fn refused(path: &Path) -> Error {
    SqliteBackend::open(SqliteOptions::new(path)).await.unwrap_err()
}

/// A connection of somebody else.
fn raw(path: &Path) -> Connection {
    Connection::open(path).unwrap()
}

fn commit(note: u64, count: usize) -> Append {
    (0..count).fold(Append::new(), |commit, number| {
        let event = Noted { note, text: format!("number {number}") };
        let metadata = EventMetadata::new(&event, &Context::actor("ada").with_header("client", "test"));
        commit.event(NewEvent::new(&event, metadata).unwrap())
    })
}

fn stream(note: u64) -> StreamId {
    StreamId::new("sqlite_note", &note)
}

async fn read(store: &EventStore, note: u64) -> Result<Vec<RecordedEvent>, Error> {
    store.read_stream(&stream(note), StreamQuery::new()).await
}
