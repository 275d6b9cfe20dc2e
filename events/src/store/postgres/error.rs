//! PostgreSQL's errors in the words of the store.

use sqlx::error::DatabaseError;

use crate::error::{Error, ErrorKind};

/// What the functions in `functions.sql` answer instead of raising an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    Isolation,
    ReadOnly,
}

impl Trouble {
    pub(super) fn of(code: i32) -> Option<Self> {
        match code {
            0 => None,
            1 => Some(Self::Isolation),
            _ => Some(Self::ReadOnly),
        }
    }

    pub(super) fn into_error(self) -> Error {
        match self {
            Self::Isolation => Error::new(
                ErrorKind::Unsupported,
                "the transaction isn't READ COMMITTED, in which alone the order of events is kept",
            ),
            Self::ReadOnly => {
                Error::new(ErrorKind::Unavailable, "the server is a standby, or the transaction is read-only")
            }
        }
    }
}

/// What was asked for would write.
pub(super) fn read_only() -> Error {
    let message = "the store was opened read-only: open it without `PostgresOptions::read_only` to write to it";
    Error::new(ErrorKind::Unsupported, message)
}

/// An error of PostgreSQL or of the way to it. It goes by the code, never by the text.
pub(super) fn store_error(error: sqlx::Error) -> Error {
    let (kind, message) = describe(&error);
    Error::new(kind, message).with_source(error)
}

/// The same error for each of several callers.
pub(super) fn shared_error(error: &std::sync::Arc<sqlx::Error>) -> Error {
    let (kind, message) = describe(error);
    Error::new(kind, message).with_source(std::sync::Arc::clone(error))
}

/// An error at the commit of a transaction that a handler has written in. Constraints and triggers that
/// PostgreSQL looks at in the end only are the handler's to keep, and nothing of it is there.
pub(super) fn commit_error(error: sqlx::Error) -> Error {
    let code = error.as_database_error().and_then(DatabaseError::code).unwrap_or_default().into_owned();
    let (kind, message) = match (code.get(..2).unwrap_or_default(), code.as_str()) {
        ("22" | "23" | "27" | "44" | "P0", _) => {
            (ErrorKind::Invalid, "what the handler has written breaks a constraint of the database")
        }
        (_, "55P03") => (ErrorKind::Conflict, "another transaction holds what the handler's needs at its commit"),
        (_, "57014") => (ErrorKind::Timeout, "the commit of the handler's transaction takes longer than is allowed"),
        _ => return undone_for_another(store_error(error)),
    };
    Error::new(kind, message).with_source(error)
}

/// The same error, as a conflict if PostgreSQL has undone the transaction in favour of another: that is
/// no failure of the store, and what was tried in it may be tried again.
pub(super) fn undone_for_another(error: Error) -> Error {
    let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<sqlx::Error>());
    let code = cause.and_then(sqlx::Error::as_database_error).and_then(DatabaseError::code);
    // With 40003 it isn't known whether it is undone.
    if code.is_some_and(|code| code.starts_with("40") && code != "40003") {
        return Error::new(ErrorKind::Conflict, "the handler's transaction is undone").with_source(error);
    }
    error
}

pub(super) fn closed() -> Error {
    Error::new(ErrorKind::Unavailable, "the store is closed")
}

/// Whether the connection is of no more use, so that it isn't known what became of a statement.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => matches!(class(&**error), Class::Gone),
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => true,
        _ => false,
    }
}

/// Whether a statement has failed because of what other transactions do at the same time.
pub(super) fn is_contention(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    matches!(code.as_deref(), Some("23505" | "40001" | "40P01" | "55P03"))
}

/// Whether waiting for a lock has taken longer than was allowed.
pub(super) fn is_timeout(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(DatabaseError::code).as_deref() == Some("55P03")
}

/// Whether the transaction has failed before.
pub(super) fn is_aborted(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(DatabaseError::code).as_deref() == Some("25P02")
}

enum Class {
    Gone,
    Other(ErrorKind, &'static str),
}

fn describe(error: &sqlx::Error) -> (ErrorKind, &'static str) {
    use ErrorKind::{Decode, Internal, Invalid, Unavailable};
    match error {
        sqlx::Error::Database(error) => match class(&**error) {
            Class::Gone => (Unavailable, "PostgreSQL has ended the connection"),
            Class::Other(kind, message) => (kind, message),
        },
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => {
            (Unavailable, "PostgreSQL can't be reached")
        }
        sqlx::Error::Configuration(_) => (Invalid, "the options of PostgreSQL are wrong"),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => (Decode, "a value in PostgreSQL can't be read"),
        _ => (Internal, "PostgreSQL was called the wrong way"),
    }
}

/// By the error codes in PostgreSQL's appendix A.
fn class(error: &dyn DatabaseError) -> Class {
    use ErrorKind::{Decode, Internal, Invalid, NotFound, Unavailable, Unsupported};
    let code = error.code().unwrap_or_default();
    let (kind, message) = match (code.get(..2).unwrap_or_default(), &*code) {
        ("08", _) | (_, "57P01" | "57P02" | "57P03" | "57P05") => return Class::Gone,
        ("53", _) => (Unavailable, "PostgreSQL is out of connections, memory or disk"),
        ("58", _) => (Unavailable, "the server's disk has failed"),
        (_, "55P03") => (Unavailable, "another transaction holds what this one needs"),
        ("40", _) => (Unavailable, "PostgreSQL has given the transaction up in favour of another"),
        (_, "57014") => (Unavailable, "the statement was cancelled, or took longer than the server allows"),
        (_, "25006") => (Unavailable, "the server is a standby, or the transaction is read-only"),
        (_, "25P01") => (Unsupported, "there is no transaction: begin one"),
        (_, "25P02") => (Unsupported, "the transaction has failed before: it can only be rolled back"),
        ("28", _) => (Invalid, "PostgreSQL doesn't accept the user or the password"),
        ("3D", _) => (NotFound, "the database doesn't exist: create it first"),
        (_, "42501") => (Unsupported, "the database's user lacks the right to do this"),
        (_, "42P01" | "42883" | "3F000") => (Unavailable, "the store's tables aren't there any more"),
        ("XX", "XX001" | "XX002") => (Decode, "the database is damaged"),
        ("22", _) | (_, "54001") => (Invalid, "a value can't be kept in PostgreSQL"),
        _ => (Internal, "PostgreSQL has failed"),
    };
    Class::Other(kind, message)
}
