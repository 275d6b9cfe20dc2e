//! How to open an SQLite store.

use std::path::{self, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::error::{Error, ErrorKind};

/// What SQLite calls a database in memory.
const MEMORY: &str = ":memory:";

/// When a commit counts as written.
///
/// ```
/// use events::store::{SqliteOptions, Synchronous};
///
/// // An import that is begun again after a power failure has no need to wait for the disk.
/// let options = SqliteOptions::in_memory().with_synchronous(Synchronous::Normal);
/// assert_ne!(Synchronous::Normal, Synchronous::default());
/// # drop(options);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Synchronous {
    /// When it is on the disk: nothing that was acknowledged is lost, whatever happens to the machine.
    #[default]
    Full,
    /// When the operating system has it. A crash of the program loses nothing; a power failure may
    /// lose the last commits, acknowledged or not, and never a part of one. In return a commit
    /// doesn't wait for the disk.
    Normal,
}

/// How to open an SQLite store.
///
/// ```
/// use events::EventStore;
/// use events::store::{SqliteBackend, SqliteOptions, Synchronous};
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("app.db");
/// let options = SqliteOptions::new(path)
///     .with_synchronous(Synchronous::Normal)
///     .with_busy_timeout(Duration::from_secs(30));
/// let store = EventStore::new(SqliteBackend::open(options).await?);
/// store.close().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct SqliteOptions {
    location: Location,
    synchronous: Synchronous,
    busy_timeout: Duration,
    transaction_timeout: Duration,
    read_connections: usize,
    max_bytes: Option<u64>,
    access: Access,
}

/// What is done with the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Write,
    Read,
}

#[derive(Debug, Clone)]
pub(super) enum Location {
    File(PathBuf),
    /// In memory, under that number; 0 until it is opened.
    Memory(u64),
}

impl SqliteOptions {
    /// A file, which is made if it isn't there. Its folder must exist, and be on a local disk. The
    /// path `:memory:` is a database in memory, as everywhere with SQLite.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self::at(if path.as_os_str() == MEMORY { Location::Memory(0) } else { Location::File(path) })
    }

    /// A database in memory, of 1 GiB at most, gone with the store.
    pub fn in_memory() -> Self {
        Self::at(Location::Memory(0))
    }

    fn at(location: Location) -> Self {
        Self {
            location,
            synchronous: Synchronous::Full,
            busy_timeout: Duration::from_secs(5),
            transaction_timeout: Duration::from_secs(5),
            read_connections: 4,
            max_bytes: None,
            access: Access::Write,
        }
    }

    /// When a commit counts as written; [`Synchronous::Full`] unless set.
    pub fn with_synchronous(mut self, synchronous: Synchronous) -> Self {
        self.synchronous = synchronous;
        self
    }

    /// How long to wait while another process holds the write lock; 5 seconds unless set.
    pub fn with_busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// How long a durable handler may have a transaction open; 5 seconds unless set. It holds the
    /// write lock, so that until it ends nobody else writes to the file: appends wait. What runs
    /// longer is interrupted and rolled back, and counts as a failure of the handler.
    pub fn with_transaction_timeout(mut self, timeout: Duration) -> Self {
        self.transaction_timeout = timeout;
        self
    }

    /// How many reads may run at once; 4 unless set, and at least one. Each has a connection of its
    /// own, opened when it is first needed.
    pub fn with_read_connections(mut self, connections: usize) -> Self {
        self.read_connections = connections.clamp(1, 64);
        self
    }

    /// Only reads: the file has to be there and to be a store, nothing of it is made or changed, and
    /// whatever would write is refused as [`ErrorKind::Unsupported`]. Others may write to it meanwhile,
    /// and what they commit is read. A store of an older version isn't brought up to date but refused.
    ///
    /// While a store is open, SQLite keeps two files beside it, `-wal` and `-shm`; one that is opened
    /// read-only may leave them behind. Where they can't be made, in a read-only folder, a store that
    /// was closed properly and that nobody writes to can be read all the same. If somebody does write
    /// to it then, reading fails as [`ErrorKind::Unavailable`] until it is opened again.
    ///
    /// ```
    /// use events::{ErrorKind, EventStore};
    /// use events::store::{SqliteBackend, SqliteOptions};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("app.db");
    /// let reading = SqliteOptions::new(&path).read_only();
    /// let error = SqliteBackend::open(reading.clone()).await.unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::NotFound);
    ///
    /// let store = EventStore::sqlite(&path).await?;
    /// let reader = EventStore::new(SqliteBackend::open(reading).await?);
    /// assert_eq!(reader.stats().await?, store.stats().await?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn read_only(mut self) -> Self {
        self.access = Access::Read;
        self
    }

    /// The most bytes that the file may grow to, its log of changes aside. What doesn't fit is
    /// refused as on a full disk.
    pub fn with_max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// The same, with a path that means the same file whatever the program's folder is, or a number
    /// that no other database in memory has: connections are opened later too.
    pub(super) fn absolute(mut self) -> Result<Self, Error> {
        static LAST: AtomicU64 = AtomicU64::new(0);
        match &mut self.location {
            Location::Memory(number) => *number = LAST.fetch_add(1, Ordering::Relaxed) + 1,
            Location::File(path) => {
                let failed = |error| Error::new(ErrorKind::Invalid, "the database's path is none").with_source(error);
                *path = path::absolute(&*path).map_err(failed)?;
            }
        }
        Ok(self)
    }

    pub(super) fn location(&self) -> &Location {
        &self.location
    }

    pub(super) fn access(&self) -> Access {
        self.access
    }

    /// The file, if it is one.
    pub(super) fn path(&self) -> Option<&Path> {
        match &self.location {
            Location::File(path) => Some(path),
            Location::Memory(_) => None,
        }
    }

    pub(super) fn synchronous(&self) -> Synchronous {
        self.synchronous
    }

    pub(super) fn busy_timeout(&self) -> Duration {
        self.busy_timeout
    }

    pub(super) fn transaction_timeout(&self) -> Duration {
        self.transaction_timeout
    }

    pub(super) fn read_connections(&self) -> usize {
        self.read_connections
    }

    pub(super) fn max_bytes(&self) -> Option<u64> {
        self.max_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Guards: after `set_current_dir` a relative path was that of another file.
    #[test]
    fn a_relative_path_is_made_absolute_once() {
        let options = SqliteOptions::new("data/app.db").absolute().unwrap();
        let expected = std::env::current_dir().unwrap().join("data/app.db");
        assert_eq!(options.path(), Some(expected.as_path()));
        assert_eq!(options.absolute().unwrap().path(), Some(expected.as_path()));
        assert!(SqliteOptions::new("").absolute().unwrap_err().is_invalid());
    }

    #[test]
    fn the_path_of_memory_is_no_file() {
        for options in [SqliteOptions::new(":memory:"), SqliteOptions::in_memory()] {
            assert_eq!(options.absolute().unwrap().path(), None);
        }
        assert!(SqliteOptions::new("./:memory:").path().is_some());
    }
}
