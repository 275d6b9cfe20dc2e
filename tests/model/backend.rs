//! The stores under test, as one type: one of them, shared by a facade and by what asks it directly.

use std::future::Future;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use events::prelude::*;
use events::store::{
    Append, AppendError, Appended, AttemptRecord, ClaimLetters, EventFilter, FailedEvent, FinishAttempt, LetterChange,
    LetterId, LetterPurge, LetterQuery, LetterStats, LogPage, LogQuery, MemoryBackend, NewLetter, Operation,
    PostgresBackend, Snapshot, SqliteBackend, StorageBackend, StoreStats, StreamQuery,
};
use events::{Error, HandlerName, Position};

#[derive(Clone)]
pub(crate) enum Backend {
    Memory(Arc<MemoryBackend>),
    Sqlite(Arc<SqliteBackend>),
    Postgres(Arc<PostgresBackend>),
}

macro_rules! one_of_them {
    ($($name:ident($($argument:ident: $type:ty),*) -> $output:ty;)*) => {
        impl StorageBackend for Backend {
            $(fn $name(&self, $($argument: $type),*) -> impl Future<Output = $output> + Send {
                let backend = self;
                async move {
                    match backend {
                        Self::Memory(backend) => backend.$name($($argument),*).await,
                        Self::Sqlite(backend) => backend.$name($($argument),*).await,
                        Self::Postgres(backend) => backend.$name($($argument),*).await,
                    }
                }
            })*
        }
    };
}

one_of_them! {
    append(append: Append) -> Result<Appended, AppendError>;
    read_stream(stream: &StreamId, query: StreamQuery) -> Result<Vec<RecordedEvent>, Error>;
    read_log(query: LogQuery) -> Result<LogPage, Error>;
    log_end() -> Result<Position, Error>;
    stream_version(stream: &StreamId) -> Result<Version, Error>;
    count(filter: EventFilter) -> Result<u64, Error>;
    stats() -> Result<StoreStats, Error>;
    load_snapshot(stream: &StreamId) -> Result<Option<Snapshot>, Error>;
    save_snapshot(snapshot: Snapshot) -> Result<(), Error>;
    delete_snapshot(stream: &StreamId) -> Result<(), Error>;
    write_letters(letters: Vec<NewLetter>) -> Result<Vec<LetterId>, Error>;
    letters(query: LetterQuery) -> Result<Vec<FailedEvent>, Error>;
    letter_attempts(id: LetterId) -> Result<Vec<AttemptRecord>, Error>;
    claim_letters(claim: ClaimLetters) -> Result<Vec<FailedEvent>, Error>;
    finish_attempt(attempt: FinishAttempt) -> Result<bool, Error>;
    next_letter_due(handlers: Vec<HandlerName>) -> Result<Option<DateTime<Utc>>, Error>;
    change_letters(change: LetterChange) -> Result<Vec<LetterId>, Error>;
    purge_letters(purge: LetterPurge) -> Result<u64, Error>;
    letter_stats() -> Result<LetterStats, Error>;
    operations(limit: usize) -> Result<Vec<Operation>, Error>;
    close() -> Result<(), Error>;
}
