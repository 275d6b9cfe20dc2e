//! Copies of a store.

use std::path::{self, Path};

use super::EventStore;
use crate::error::{Error, ErrorKind};

impl EventStore {
    /// Writes a copy of the store to a file, while the program goes on reading and writing: all that
    /// is committed when it begins, and nothing that comes later. It is on the disk and complete when
    /// it appears under its name, and is opened like any other store.
    ///
    /// Until it is done, the changes that others make meanwhile are kept beside the store's file, and
    /// one of [`SqliteOptions::with_read_connections`](super::SqliteOptions::with_read_connections) is
    /// taken. A database in memory isn't written to in that time.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] if something of that name is there, [`ErrorKind::NotFound`] if its folder
    /// isn't, [`ErrorKind::Unavailable`] if the disk is full or fails. No file of that name is left then.
    /// [`ErrorKind::Unsupported`] if the store isn't in SQLite: a server has tools of its own.
    ///
    /// # Cancel safety
    /// A dropped future doesn't stop the copy. A program that ends may leave a part of it, in the same
    /// folder, under a name that ends in `.partial`.
    ///
    /// # Examples
    /// ```
    /// use events::EventStore;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let (path, monday) = (folder.path().join("app.db"), folder.path().join("monday.db"));
    /// let store = EventStore::sqlite(&path).await?;
    /// store.backup_to(&monday).await?;
    /// assert!(store.backup_to(&monday).await.unwrap_err().is_conflict());
    ///
    /// let copy = EventStore::sqlite(&monday).await?;
    /// assert_eq!(copy.stats().await?, store.stats().await?);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn backup_to(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let failed = |error| Error::new(ErrorKind::Invalid, "the backup's path is none").with_source(error);
        let path = path::absolute(path).map_err(failed)?;
        self.backend().backup_to(&path).await
    }
}
