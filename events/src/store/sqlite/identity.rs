//! Whether the file is still the one that was opened.
//!
//! SQLite writes on happily after its file, or the log of changes beside it, was deleted or replaced,
//! and what it acknowledges then is lost. So the writer looks before each transaction; a look costs
//! about a microsecond.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{SqliteOptions, wal};
use crate::error::{Error, ErrorKind};

/// The files that were opened, the database and its log of changes; none for a database in memory.
pub(super) struct Identity(Vec<(PathBuf, FileId)>);

/// Device and number of a file, where the system has them.
type FileId = Option<(u64, u64)>;

impl Identity {
    /// The database alone: of who only reads, the log of changes is the others' affair.
    pub(super) fn of(options: &SqliteOptions) -> Result<Self, Error> {
        let looked = options.path().map(|path| look(path).map(|id| (path.to_owned(), id))).transpose();
        let found = looked.map_err(|error| gone(Some(Arc::new(error))))?;
        Ok(Self(found.into_iter().collect()))
    }

    /// The database and its log, which is there as long as the connection that writes is open.
    pub(super) fn with_log(options: &SqliteOptions) -> Result<Self, Error> {
        let mut files = Self::of(options)?;
        if let Some(log) = options.path().map(wal::path) {
            let id = look(&log).map_err(|error| gone(Some(Arc::new(error))))?;
            files.0.push((log, id));
        }
        Ok(files)
    }

    /// Fails if a file is gone or another one.
    pub(super) fn check(&self) -> Result<(), Missing> {
        for (path, id) in &self.0 {
            match look(path) {
                Ok(found) if found == *id => {}
                Ok(_) => return Err(Missing(None)),
                Err(error) => return Err(Missing(Some(Arc::new(error)))),
            }
        }
        Ok(())
    }
}

/// The file isn't there any more.
pub(super) struct Missing(Option<Arc<io::Error>>);

impl Missing {
    /// The error, for each of several callers.
    pub(super) fn error(&self) -> Error {
        gone(self.0.clone())
    }
}

fn gone(source: Option<Arc<io::Error>>) -> Error {
    let error = Error::new(ErrorKind::Unavailable, "the database's file was removed or replaced");
    match source {
        Some(source) => error.with_source(source),
        None => error,
    }
}

#[cfg(unix)]
fn look(path: &Path) -> io::Result<FileId> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).map(|file| Some((file.dev(), file.ino())))
}

#[cfg(not(unix))]
fn look(path: &Path) -> io::Result<FileId> {
    std::fs::metadata(path).map(|_| None)
}
