//! Why a program and its file don't fit.

use std::io;
use std::path::PathBuf;

use super::change::{LockChange, report};

/// Why a program and its `events.lock` don't fit.
///
/// ```
/// use events::testing::{EventsLock, LockError};
///
/// let error = EventsLock::read("no/such/events.lock").unwrap_err();
/// assert!(matches!(error, LockError::Missing { .. }));
/// assert!(error.to_string().contains("EVENTS_LOCK=update cargo test"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// There is no file.
    #[error("there is no {path}: `EVENTS_LOCK=update cargo test` writes it; then commit it", path = .path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The file can't be read.
    #[error("can't read {path}", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file isn't what this version writes.
    #[error("can't understand {path}", path = .path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        source: ParseLockError,
    },
    /// The file can't be written.
    #[error("can't write {path}", path = .path.display())]
    NotWritten {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something that is stored or was handled no longer is.
    #[error(
        "the program no longer fits {path}\n\n{}\nA changed shape is a new version: keep the old struct, and write a new one with the next `version`, `previous = TheOldOne` and `impl From<TheOldOne>`. If all of this is meant, and nothing of it is stored, `EVENTS_LOCK=update cargo test` takes it; the file's diff shows what that was.",
        report(.changes), path = .path.display()
    )]
    Breaking {
        /// The file.
        path: PathBuf,
        /// All differences, those that break nothing among them.
        changes: Vec<LockChange>,
    },
    /// With `EVENTS_LOCK=locked`: something is new.
    #[error(
        "{path} isn't up to date; `EVENTS_LOCK=update cargo test` adds what is new\n\n{}",
        report(.changes), path = .path.display()
    )]
    Incomplete {
        /// The file.
        path: PathBuf,
        /// What is new.
        changes: Vec<LockChange>,
    },
    /// `EVENTS_LOCK` has a value that means nothing.
    #[error(
        "EVENTS_LOCK is {value:?}: it may be `update`, which writes the file, `locked`, which wants it to be complete, or not set"
    )]
    UnknownMode {
        /// The value.
        value: String,
    },
}

/// Why a text is no `events.lock`.
///
/// ```
/// use events::testing::{EventsLock, ParseLockError};
///
/// let error = "format 2\n".parse::<EventsLock>().unwrap_err();
/// assert!(matches!(error, ParseLockError::Newer { format: 2 }));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseLockError {
    /// A later version of the library has written it.
    #[error(
        "it has format {format}, and this version of `events` knows format 1: update `events`, or write the file anew with `EVENTS_LOCK=update cargo test`"
    )]
    Newer {
        /// The format.
        format: u32,
    },
    /// A line isn't what the format has.
    #[error(
        "line {line}: {problem}; take the file from version control again, or write it anew with `EVENTS_LOCK=update cargo test`"
    )]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
}
