//! Whether the file is still the one that was opened.
//!
//! SQLite writes on happily after its file was deleted or replaced, and what it acknowledges then
//! is lost. So the writer looks before each transaction; a look costs about a microsecond.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::SqliteOptions;
use crate::error::{Error, ErrorKind};

/// The file that was opened; nothing for a database in memory.
pub(super) struct Identity(Option<(PathBuf, FileId)>);

/// Device and number of a file, where the system has them.
type FileId = Option<(u64, u64)>;

impl Identity {
    pub(super) fn of(options: &SqliteOptions) -> Result<Self, Error> {
        let Some(path) = options.path() else { return Ok(Self(None)) };
        let id = look(path).map_err(|error| gone(Some(Arc::new(error))))?;
        Ok(Self(Some((path.to_owned(), id))))
    }

    /// Fails if the file is gone or another one.
    pub(super) fn check(&self) -> Result<(), Missing> {
        let Some((path, id)) = &self.0 else { return Ok(()) };
        match look(path) {
            Ok(found) if found == *id => Ok(()),
            Ok(_) => Err(Missing(None)),
            Err(error) => Err(Missing(Some(Arc::new(error)))),
        }
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
