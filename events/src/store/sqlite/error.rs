//! SQLite's errors in the words of the store.

use rusqlite::ErrorCode;

use crate::error::{Error, ErrorKind};

/// An error of SQLite. It goes by the code, never by the text.
pub(super) fn store_error(error: rusqlite::Error) -> Error {
    let (kind, message) = describe(&error);
    Error::new(kind, message).with_source(error)
}

/// The same error for each of several callers.
pub(super) fn shared_error(error: &std::sync::Arc<rusqlite::Error>) -> Error {
    let (kind, message) = describe(error);
    Error::new(kind, message).with_source(std::sync::Arc::clone(error))
}

pub(super) fn closed() -> Error {
    Error::new(ErrorKind::Unavailable, "the store is closed")
}

/// What was asked for would write.
pub(super) fn read_only() -> Error {
    let message = "the store was opened read-only: open it without `SqliteOptions::read_only` to write to it";
    Error::new(ErrorKind::Unsupported, message)
}

/// Somebody else in this process has had the turn to write for too long.
pub(super) fn held_up() -> Error {
    let message = "the database is locked by a transaction of this process that doesn't come to its end";
    Error::new(ErrorKind::Unavailable, message)
}

fn describe(error: &rusqlite::Error) -> (ErrorKind, &'static str) {
    use ErrorKind::{Decode, Internal, Invalid, Unavailable};
    let Some(code) = error.sqlite_error_code() else {
        return (Internal, "SQLite was called the wrong way");
    };
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            (Unavailable, "the database is locked by another connection, longer than `with_busy_timeout` allows")
        }
        ErrorCode::DiskFull => (Unavailable, "the disk is full, or the database as large as it may be"),
        ErrorCode::SystemIoFailure => (Unavailable, "the disk has failed"),
        ErrorCode::CannotOpen => (Unavailable, "the database can't be opened"),
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => (Unavailable, "the database can't be written"),
        ErrorCode::OutOfMemory => (Unavailable, "out of memory"),
        ErrorCode::FileLockingProtocolFailed | ErrorCode::OperationInterrupted | ErrorCode::SchemaChanged => {
            (Unavailable, "the database can't be used at the moment")
        }
        ErrorCode::DatabaseCorrupt => (Decode, "the database is damaged"),
        ErrorCode::NotADatabase => (Invalid, "the file is no SQLite database"),
        ErrorCode::TooBig => (Invalid, "a value is too large for SQLite"),
        _ => (Internal, "SQLite has failed"),
    }
}
