//! What only the SQLite store has: files, other processes, damage.

use std::path::Path;

use events::EventStore;
use events::store::{SqliteBackend, SqliteOptions};
use tempfile::TempDir;

/// A store in a folder that is removed with the guard.
pub(crate) async fn in_a_folder() -> (EventStore, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("events.db")).await;
    (store, folder)
}

async fn open(path: &Path) -> EventStore {
    EventStore::new(SqliteBackend::open(SqliteOptions::new(path)).await.unwrap())
}
