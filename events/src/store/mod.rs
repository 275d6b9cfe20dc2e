//! The event store: one log of all events, cut into streams, with snapshots and dead letters beside it.
//!
//! An append is all or nothing, over as many streams as it has; it is idempotent by event id. A
//! stream's versions are 1, 2, 3, … without holes; positions grow along the log and may have holes.
//! What can't be written is refused before anything is written; what can't be read is an error that
//! names the event.
//!
//! [`EventStore`] is what programs use. It stands on a [`StorageBackend`]: memory, SQLite, or one of
//! your own.

mod append;
mod duplicate;
mod erased;
mod facade;
mod letter;
pub(crate) mod limits;
mod query;
mod snapshot;
mod stats;

mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use append::{Append, AppendError, AppendStatus, Appended, ExpectedVersion, NewEvent};
pub use facade::EventStore;
pub(crate) use facade::PAGE;
pub use letter::{
    AttemptOutcome, AttemptRecord, ClaimLetters, FailedAttempt, FailedEvent, FinishAttempt, LetterAction, LetterChange,
    LetterId, LetterParts, LetterQuery, LetterStats, LetterStatus, NewLetter, Operation,
};
pub use limits::Refusal;
pub use memory::MemoryBackend;
pub use query::{Direction, EventFilter, LogPage, LogQuery, StreamQuery};
pub use snapshot::Snapshot;
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteBackend, SqliteOptions, Synchronous};
pub use stats::StoreStats;

use std::future::Future;

use chrono::{DateTime, Utc};

use crate::error::Error;
use crate::event::RecordedEvent;
use crate::id::{HandlerName, StreamId, Version};

/// What a database must do to hold events. Implement it for an engine of your own; the contract
/// suite of the `testing` feature tells whether it keeps the promises.
///
/// Input has been checked by [`EventStore`] already: names, ids, sizes. A backend checks what
/// depends on what it holds: versions and duplicates.
///
/// All methods are safe to call from many tasks at once. A future that is dropped has done its
/// work wholly or not at all.
///
/// The program `custom_backend` among the examples is one. Whoever writes tests for another asks it
/// directly, or by way of a store:
///
/// ```
/// use events::store::{EventFilter, MemoryBackend, StorageBackend};
///
/// /// Whether nothing has been written.
/// async fn is_empty(backend: &impl StorageBackend) -> Result<bool, events::Error> {
///     Ok(backend.count(EventFilter::new()).await? == 0)
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// assert!(is_empty(&MemoryBackend::new()).await?);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a storage backend",
    note = "use `EventStore::memory()` or `EventStore::sqlite(path)`, or write `impl StorageBackend for {Self}`"
)]
pub trait StorageBackend: Send + Sync + 'static {
    /// Appends events in one transaction.
    ///
    /// In this order: if all event ids are there already with the same content, it answers as the
    /// first time, with [`AppendStatus::Duplicate`], whatever versions are expected; if some are
    /// there, [`AppendError::PartialDuplicate`]; if one is there with other content (stream, name,
    /// schema version or payload), [`AppendError::EventIdReused`], which goes before the others.
    /// Then it checks every expectation, and writes. The time of recording is never before that of
    /// the event ahead: the store takes the later of the two.
    fn append(&self, append: Append) -> impl Future<Output = Result<Appended, AppendError>> + Send;

    /// Reads a stream; at most `query.limit()` events, and fewer only if there are no more. A missing
    /// stream has none.
    fn read_stream(
        &self,
        stream: &StreamId,
        query: StreamQuery,
    ) -> impl Future<Output = Result<Vec<RecordedEvent>, Error>> + Send;

    /// Reads the log; at most `query.limit()` events.
    fn read_log(&self, query: LogQuery) -> impl Future<Output = Result<LogPage, Error>> + Send;

    /// The version of a stream's last event; [`Version::ZERO`] if it has none.
    fn stream_version(&self, stream: &StreamId) -> impl Future<Output = Result<Version, Error>> + Send;

    /// How many events match.
    fn count(&self, filter: EventFilter) -> impl Future<Output = Result<u64, Error>> + Send;

    /// Counts of everything, from the rows themselves.
    fn stats(&self) -> impl Future<Output = Result<StoreStats, Error>> + Send;

    /// The newest snapshot of a stream.
    fn load_snapshot(&self, stream: &StreamId) -> impl Future<Output = Result<Option<Snapshot>, Error>> + Send;

    /// Keeps a snapshot instead of an older one of the same stream. One of a lower version than
    /// the one kept is not written, unless the fingerprints differ.
    fn save_snapshot(&self, snapshot: Snapshot) -> impl Future<Output = Result<(), Error>> + Send;

    /// Forgets the snapshot of a stream.
    fn delete_snapshot(&self, stream: &StreamId) -> impl Future<Output = Result<(), Error>> + Send;

    /// Writes letters with their first attempt, in one transaction. A letter of the same handler
    /// and event gets the attempt added and its status replaced, its lease ended; unless it was
    /// retrying, its attempts are counted anew. Answers with the letters' ids, in the order given;
    /// an id is never given out again.
    fn write_letters(&self, letters: Vec<NewLetter>) -> impl Future<Output = Result<Vec<LetterId>, Error>> + Send;

    /// Letters that match, oldest first.
    fn letters(&self, query: LetterQuery) -> impl Future<Output = Result<Vec<FailedEvent>, Error>> + Send;

    /// The attempts of a letter, oldest first.
    fn letter_attempts(&self, id: LetterId) -> impl Future<Output = Result<Vec<AttemptRecord>, Error>> + Send;

    /// Takes letters that are due, under a lease: nobody else gets them until it ends.
    fn claim_letters(&self, claim: ClaimLetters) -> impl Future<Output = Result<Vec<FailedEvent>, Error>> + Send;

    /// Writes what came of an attempt and gives the lease back. Answers `false`, and writes
    /// nothing, if the lease has passed to somebody else, or has ended because the letter was
    /// discarded or written again. Redriving a letter that is retrying doesn't end it.
    fn finish_attempt(&self, attempt: FinishAttempt) -> impl Future<Output = Result<bool, Error>> + Send;

    /// When the next retry of one of these handlers is due; of a letter under a lease, not before
    /// the lease ends.
    fn next_letter_due(
        &self,
        handlers: Vec<HandlerName>,
    ) -> impl Future<Output = Result<Option<DateTime<Utc>>, Error>> + Send;

    /// Changes all letters that match, where their status allows it, and writes an audit row, in
    /// one transaction; the row is written even if no letter was changed. A lease is ended, except
    /// that of a retrying letter which is redriven. Answers with the letters that were changed.
    fn change_letters(&self, change: LetterChange) -> impl Future<Output = Result<Vec<LetterId>, Error>> + Send;

    /// Removes letters of that status that were closed before `before`; answers how many.
    fn purge_letters(
        &self,
        status: LetterStatus,
        before: DateTime<Utc>,
    ) -> impl Future<Output = Result<u64, Error>> + Send;

    /// Counts of letters, from the rows themselves.
    fn letter_stats(&self) -> impl Future<Output = Result<LetterStats, Error>> + Send;

    /// What operators have done, newest first.
    fn operations(&self, limit: usize) -> impl Future<Output = Result<Vec<Operation>, Error>> + Send;

    /// Finishes what is under way and lets go of the database. Calls after it are refused as
    /// unavailable, except another close.
    fn close(&self) -> impl Future<Output = Result<(), Error>> + Send;
}
