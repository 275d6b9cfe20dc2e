//! What the writer's thread is given to do.

use std::cell::Cell;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension};
use tokio::sync::oneshot;

use super::error::store_error;
use crate::error::{Error, ErrorKind};
use crate::id::Position;
use crate::store::AppendError;

/// Work to be done in a transaction. It may be called a second time, after the first was undone.
pub(super) trait Work: Send + 'static {
    type Output: Send;
    type Error: Failure;

    /// How much work it is, in rows.
    fn weight(&self) -> usize {
        1
    }

    /// Does it. A refusal must come before anything is written.
    fn run(&mut self, writing: &Writing<'_>) -> Result<Self::Output, Self::Error>;
}

/// An error of a piece of work.
pub(super) trait Failure: From<Error> + Send {
    /// Whether the work was refused before anything was written.
    fn is_refusal(&self) -> bool;
}

impl Failure for Error {
    fn is_refusal(&self) -> bool {
        false
    }
}

impl Failure for AppendError {
    fn is_refusal(&self) -> bool {
        !matches!(self, Self::Store(_))
    }
}

/// How thoroughly work looks before it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// It may rely on the database's own constraints, since a failure is undone and tried again.
    Quick,
    /// It looks at everything first.
    Careful,
}

/// The open transaction.
pub(super) struct Writing<'c> {
    connection: &'c Connection,
    mode: Mode,
    tail: Cell<Option<Tail>>,
}

/// The end of the log, with what the transaction has added to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tail {
    position: i64,
    recorded_at: i64,
}

impl<'c> Writing<'c> {
    pub(super) fn new(connection: &'c Connection, mode: Mode) -> Self {
        Self { connection, mode, tail: Cell::new(None) }
    }

    pub(super) fn connection(&self) -> &'c Connection {
        self.connection
    }

    pub(super) fn mode(&self) -> Mode {
        self.mode
    }

    /// The end of the log. Other processes write too, so it is looked up once per transaction.
    pub(super) fn tail(&self) -> Result<Tail, Error> {
        if let Some(tail) = self.tail.get() {
            return Ok(tail);
        }
        const LAST: &str = "SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1";
        let mut statement = self.connection.prepare_cached(LAST).map_err(store_error)?;
        let last = statement
            .query_row([], |row| Ok(Tail { position: row.get(0)?, recorded_at: row.get(1)? }))
            .optional()
            .map_err(store_error)?;
        let tail = last.unwrap_or(Tail { position: 0, recorded_at: i64::MIN });
        self.tail.set(Some(tail));
        Ok(tail)
    }

    pub(super) fn set_tail(&self, tail: Tail) {
        self.tail.set(Some(tail));
    }
}

impl Tail {
    /// When a commit counts as recorded: never before the one ahead of it.
    pub(super) fn recorded_at(self, now: DateTime<Utc>) -> i64 {
        self.recorded_at.max(now.timestamp_micros())
    }

    /// The place of the next event.
    pub(super) fn next(self, recorded_at: i64) -> Result<Self, Error> {
        let position = self.position.checked_add(1).filter(|position| *position > 0);
        let full = || Error::new(ErrorKind::Unavailable, "the log has no positions left");
        Ok(Self { position: position.ok_or_else(full)?, recorded_at })
    }

    pub(super) fn number(self) -> i64 {
        self.position
    }

    pub(super) fn position(self) -> Position {
        Position::new(self.position.unsigned_abs())
    }
}

/// What a job means for the transaction that it was part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Go on: it is done, or it was refused and has written nothing.
    Keep,
    /// It has failed and may have written something.
    Undo,
}

/// Work with its answer.
pub(super) trait Job: Send {
    fn weight(&self) -> usize;
    /// Does the work and keeps the answer back.
    fn run(&mut self, writing: &Writing<'_>) -> Verdict;
    /// Sends the answer.
    fn finish(self: Box<Self>);
    /// Sends an error instead of the answer.
    fn fail(self: Box<Self>, error: Error);
}

/// The one kind of [`Job`].
pub(super) struct Task<W: Work> {
    work: W,
    answer: Option<Result<W::Output, W::Error>>,
    reply: oneshot::Sender<Result<W::Output, W::Error>>,
}

impl<W: Work> Task<W> {
    pub(super) fn boxed(work: W, reply: oneshot::Sender<Result<W::Output, W::Error>>) -> Box<dyn Job> {
        Box::new(Self { work, answer: None, reply })
    }
}

impl<W: Work> Job for Task<W> {
    fn weight(&self) -> usize {
        self.work.weight()
    }

    fn run(&mut self, writing: &Writing<'_>) -> Verdict {
        let answer = self.work.run(writing);
        let undo = matches!(&answer, Err(error) if !error.is_refusal());
        self.answer = Some(answer);
        if undo { Verdict::Undo } else { Verdict::Keep }
    }

    fn finish(self: Box<Self>) {
        if let Some(answer) = self.answer {
            // A caller that has gone doesn't want to know.
            drop(self.reply.send(answer));
        }
    }

    fn fail(self: Box<Self>, error: Error) {
        drop(self.reply.send(Err(error.into())));
    }
}

/// A function as a piece of work.
pub(super) struct Call<F>(pub(super) F);

impl<T, F> Work for Call<F>
where
    T: Send,
    F: FnMut(&Connection) -> Result<T, Error> + Send + 'static,
{
    type Output = T;
    type Error = Error;

    fn run(&mut self, writing: &Writing<'_>) -> Result<T, Error> {
        (self.0)(writing.connection())
    }
}
