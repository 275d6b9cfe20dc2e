//! A transaction that is open.

use std::any::Any;
use std::time::Duration;

use rusqlite::ErrorCode;

use super::super::append::AppendWork;
use super::super::delivery;
use super::super::error::{closed, store_error};
use super::super::job::{Mode, Work, Writing};
use super::super::readers::aside;
use super::super::turns::Turn;
use super::Permit;
use super::watch::Watched;
use crate::error::{Error, ErrorKind};
use crate::handler::BoxFuture;
use crate::store::{Append, AppendError, Appended, LaneAnswer, LaneTransaction, LaneWrite, limits};

/// Dropped in the order of its fields: it is rolled back, then the next one has its turn.
pub(super) struct OpenTransaction {
    watched: Watched,
    limit: Duration,
    /// An append has failed and may have left a part of it.
    spoilt: Option<ErrorKind>,
    turn: Turn,
    permit: Permit,
}

impl OpenTransaction {
    pub(super) fn begin(watched: Watched, limit: Duration, turn: Turn, permit: Permit) -> Result<Self, Error> {
        match watched.begin(limit) {
            Ok(()) => Ok(Self { watched, limit, spoilt: None, turn, permit }),
            Err(error) => {
                permit.give_back(watched);
                Err(store_error(error))
            }
        }
    }

    /// Whether what was done in it can be committed still.
    fn check(&self) -> Result<(), Error> {
        if self.permit.is_closed() {
            return Err(closed());
        }
        if self.watched.is_late() {
            let limit = self.limit;
            let message = format!(
                "the handler's transaction has taken longer than {limit:?}, while nobody else could write: make it \
                 shorter, or allow more by `SqliteOptions::with_transaction_timeout`"
            );
            return Err(Error::new(ErrorKind::Timeout, message));
        }
        if let Some(kind) = self.spoilt {
            return Err(Error::new(kind, "an append of the handler's transaction has failed half-way"));
        }
        if self.watched.is_open() { Ok(()) } else { Err(ended()) }
    }

    fn append_now(&mut self, append: Append) -> Result<Appended, AppendError> {
        self.check()?;
        // Nobody undoes a part of the transaction if it fails, so it looks before it writes.
        let writing = Writing::new(&self.watched.connection, Mode::Careful);
        let answer = AppendWork(append).run(&writing);
        if let Err(AppendError::Store(error)) = &answer {
            self.spoilt = Some(error.kind());
        }
        answer
    }

    fn commit_now(self, write: &LaneWrite) -> Result<LaneAnswer, Error> {
        let answer = self.try_commit(write);
        self.end();
        answer
    }

    fn try_commit(&self, write: &LaneWrite) -> Result<LaneAnswer, Error> {
        limits::check_lane_write(write)?;
        self.check()?;
        self.watched.stop_clock();
        self.watched.release().map_err(|error| ended().with_source(error))?;
        let answer = delivery::write(&self.watched.connection, write)?;
        if answer != LaneAnswer::Lost {
            self.watched.commit().map_err(commit_error)?;
        }
        Ok(answer)
    }

    /// Undoes what isn't committed, and keeps the connection for the next transaction. One that can't
    /// be rolled back is closed, which undoes it too.
    fn end(self) {
        match self.watched.roll_back() {
            Ok(()) => self.permit.give_back(self.watched),
            Err(error) => tracing::warn!(%error, "a handler's transaction was not rolled back, but closed"),
        }
        drop(self.turn);
    }
}

impl LaneTransaction for OpenTransaction {
    fn connection(&mut self) -> &mut (dyn Any + Send) {
        &mut self.watched.connection
    }

    fn append(&mut self, append: Append) -> BoxFuture<'_, Result<Appended, AppendError>> {
        Box::pin(async move { self.append_now(append) })
    }

    fn commit(self: Box<Self>, write: LaneWrite) -> BoxFuture<'static, Result<LaneAnswer, Error>> {
        Box::pin(aside(move || self.commit_now(&write)))
    }

    fn roll_back(self: Box<Self>) -> BoxFuture<'static, Result<(), Error>> {
        Box::pin(aside(move || {
            self.end();
            Ok(())
        }))
    }
}

fn ended() -> Error {
    let message = "the handler has ended its transaction by itself: leave commit and rollback to the framework";
    Error::new(ErrorKind::Invalid, message)
}

/// A constraint that SQLite looks at in the end only is the handler's to keep.
fn commit_error(error: rusqlite::Error) -> Error {
    if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) {
        let message = "what the handler has written breaks a constraint of the database";
        return Error::new(ErrorKind::Invalid, message).with_source(error);
    }
    store_error(error)
}
