//! The log of changes beside the file, and how it is kept short.
//!
//! With every few megabytes SQLite moves what is in it into the file, and begins at its front again if
//! nobody reads from it just then. With many readers somebody always does, and it would grow for ever.
//! So when it has passed a limit the writer's thread holds back its next transaction until those who
//! read have come to their end, which takes them a page, moves all of it and cuts it off.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;

use super::SqliteOptions;
use super::identity::look;

/// How many bytes it may have.
pub(super) const LIMIT: u32 = 16 * 1024 * 1024;
/// How long readers are waited for. If one takes longer, a backup say, it isn't tried again before the
/// log is twice as long.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where the log of changes of a database is.
pub(super) fn path(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push("-wal");
    PathBuf::from(path)
}

/// The log of changes of a file; none of a database in memory.
pub(super) struct Wal {
    path: Option<PathBuf>,
    busy_timeout: Duration,
    /// The length at which something is done about it.
    next: u64,
}

impl Wal {
    pub(super) fn of(options: &SqliteOptions) -> Self {
        Self { path: options.path().map(path), busy_timeout: options.busy_timeout(), next: u64::from(LIMIT) }
    }

    /// Cuts it off if it has become too long. Called after a commit was acknowledged: nothing depends
    /// on it.
    pub(super) fn keep_short(&mut self, connection: &Connection) {
        let Some(path) = &self.path else { return };
        let length = match look(path) {
            Ok(file) => file.length,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => return tracing::warn!(%error, "the event store's log of changes can't be looked at"),
        };
        if length < self.next {
            return;
        }
        self.next = match self.cut(connection) {
            Ok(true) => u64::from(LIMIT),
            Ok(false) => length.saturating_mul(2),
            Err(error) => {
                tracing::warn!(%error, "the event store's log of changes can't be moved into its file");
                length.saturating_mul(2)
            }
        };
    }

    /// Answers false if somebody reads for longer than is waited.
    fn cut(&self, connection: &Connection) -> rusqlite::Result<bool> {
        connection.busy_timeout(PATIENCE)?;
        let mut cut = connection.prepare_cached("PRAGMA wal_checkpoint(TRUNCATE)")?;
        let busy: rusqlite::Result<i64> = cut.query_row([], |row| row.get(0));
        connection.busy_timeout(self.busy_timeout)?;
        Ok(busy? == 0)
    }
}
