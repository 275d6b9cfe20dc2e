//! SQLite: a file that a killed process has left, with its log of changes beside it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use events::EventStore;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::engine::Engine;

/// Files in a folder that is removed in the end.
pub(crate) struct Sqlite {
    folder: TempDir,
    files: u64,
    checks: u64,
    /// What was opened last: the file, or a copy of it.
    opened: PathBuf,
}

impl Sqlite {
    pub(crate) fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let opened = folder.path().to_owned();
        Ok(Self { folder, files: 0, checks: 0, opened })
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(format!("{}.db", self.files))
    }
}

/// Opens a place as a child does.
pub(crate) async fn open(place: &str) -> Result<EventStore> {
    Ok(EventStore::sqlite(place).await?)
}

impl Engine for Sqlite {
    fn place(&self) -> String {
        self.path().to_string_lossy().into_owned()
    }

    async fn renew(&mut self) -> Result<()> {
        if self.files > 0 {
            for file in files(&self.path()).iter().filter(|file| file.exists()) {
                fs::remove_file(file)?;
            }
        }
        self.files += 1;
        Ok(())
    }

    /// Every other time a copy is looked at, so that the file stays as the crash has left it, and the
    /// next child is the one that has to mend it.
    async fn reopen(&mut self) -> Result<EventStore> {
        self.checks += 1;
        self.opened = self.path();
        if self.checks.is_multiple_of(2) {
            let copy = self.folder.path().join("copy.db");
            for (from, to) in files(&self.opened).iter().zip(&files(&copy)) {
                if from.exists() {
                    fs::copy(from, to)?;
                } else if to.exists() {
                    fs::remove_file(to)?;
                }
            }
            self.opened = copy;
        }
        Ok(EventStore::sqlite(&self.opened).await?)
    }

    fn keep(&mut self) -> Option<String> {
        self.folder.disable_cleanup(true);
        Some(self.folder.path().display().to_string())
    }

    async fn inspect(&self) -> Result<Vec<String>> {
        let connection = Connection::open(&self.opened)?;
        let texts = |sql: &str| -> Result<Vec<String>, rusqlite::Error> {
            connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
        };
        let mut wrong = texts("PRAGMA integrity_check")?;
        wrong.retain(|line| line != "ok");
        let broken =
            texts("SELECT 'a row of ' || \"table\" || ' refers to one that is gone' FROM pragma_foreign_key_check")?;
        let heads = texts(
            "SELECT 'the head of ' || aggregate || '/' || aggregate_id || ' is ' || version || ', its events say '
                 || (SELECT count(*) || ', ' || coalesce(max(version), 0) FROM events e WHERE e.stream = s.stream)
             FROM streams s
             WHERE version <> (SELECT count(*) FROM events e WHERE e.stream = s.stream)
                OR version <> (SELECT max(version) FROM events e WHERE e.stream = s.stream)",
        )?;
        let headless = texts(
            "SELECT 'the stream of event ' || position || ' has no head' FROM events
             WHERE stream NOT IN (SELECT stream FROM streams)",
        )?;
        Ok([wrong, broken, heads, headless].concat())
    }
}

/// The database, its log of changes, and the index of that, which is only of use to the living.
fn files(path: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|end| PathBuf::from(format!("{}{end}", path.display())))
}
