//! The boxed twin of [`StorageBackend`], so that a store has no type parameter.

use chrono::{DateTime, Utc};

use super::{
    Append, AppendError, Appended, AttemptRecord, ClaimLetters, EventFilter, FailedEvent, FinishAttempt, LetterChange,
    LetterId, LetterQuery, LetterStats, LetterStatus, LogPage, LogQuery, NewLetter, Operation, Snapshot,
    StorageBackend, StoreStats, StreamQuery,
};
use crate::error::Error;
use crate::event::RecordedEvent;
use crate::handler::BoxFuture;
use crate::id::{HandlerName, StreamId, Version};

macro_rules! erased {
    ($($name:ident($($argument:ident: $type:ty),*) -> $output:ty;)*) => {
        pub(crate) trait ErasedBackend: Send + Sync {
            $(fn $name<'a>(&'a self, $($argument: $type),*) -> BoxFuture<'a, $output>;)*
        }

        impl<B: StorageBackend> ErasedBackend for B {
            $(fn $name<'a>(&'a self, $($argument: $type),*) -> BoxFuture<'a, $output> {
                Box::pin(StorageBackend::$name(self, $($argument),*))
            })*
        }
    };
}

erased! {
    append(append: Append) -> Result<Appended, AppendError>;
    read_stream(stream: &'a StreamId, query: StreamQuery) -> Result<Vec<RecordedEvent>, Error>;
    read_log(query: LogQuery) -> Result<LogPage, Error>;
    stream_version(stream: &'a StreamId) -> Result<Version, Error>;
    count(filter: EventFilter) -> Result<u64, Error>;
    stats() -> Result<StoreStats, Error>;
    load_snapshot(stream: &'a StreamId) -> Result<Option<Snapshot>, Error>;
    save_snapshot(snapshot: Snapshot) -> Result<(), Error>;
    delete_snapshot(stream: &'a StreamId) -> Result<(), Error>;
    write_letters(letters: Vec<NewLetter>) -> Result<Vec<LetterId>, Error>;
    letters(query: LetterQuery) -> Result<Vec<FailedEvent>, Error>;
    letter_attempts(id: LetterId) -> Result<Vec<AttemptRecord>, Error>;
    claim_letters(claim: ClaimLetters) -> Result<Vec<FailedEvent>, Error>;
    finish_attempt(attempt: FinishAttempt) -> Result<bool, Error>;
    next_letter_due(handlers: Vec<HandlerName>) -> Result<Option<DateTime<Utc>>, Error>;
    change_letters(change: LetterChange) -> Result<Vec<LetterId>, Error>;
    purge_letters(status: LetterStatus, before: DateTime<Utc>) -> Result<u64, Error>;
    letter_stats() -> Result<LetterStats, Error>;
    operations(limit: usize) -> Result<Vec<Operation>, Error>;
    close() -> Result<(), Error>;
}
