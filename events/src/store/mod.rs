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
mod backend;
#[cfg(feature = "sqlite")]
mod backup;
mod data;
mod delivery;
mod duplicate;
mod erased;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod extras;
mod facade;
#[cfg(feature = "postgres")]
mod joined;
mod letter;
pub(crate) mod limits;
mod operation;
mod query;
mod snapshot;
mod stats;
mod unsupported;

mod memory;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use crate::handler::BeginsAt;
pub use append::{Append, AppendError, AppendStatus, Appended, ExpectedVersion, NewEvent};
pub use backend::StorageBackend;
pub use data::DataPage;
pub use delivery::{
    Advance, Beat, ClaimLanes, HandlerAction, HandlerChange, HandlerDeclaration, HandlerRow, HandlerState, Lane,
    LaneAnswer, LaneAttempt, LaneLease, LaneRow, LaneTransaction, LaneWrite, LetterLane, ParkedKey, ProcessRow,
    RegisterHandlers,
};
pub use facade::EventStore;
pub(crate) use facade::{FIRST_PAGE, PAGE};
pub use letter::{
    AttemptOutcome, AttemptRecord, ClaimLetters, FailedAttempt, FailedEvent, FinishAttempt, LetterAction, LetterChange,
    LetterId, LetterParts, LetterPurge, LetterQuery, LetterStats, LetterStatus, NewLetter, PurgeSaid,
};
pub use limits::Refusal;
pub use memory::MemoryBackend;
pub(crate) use operation::only;
pub use operation::{
    AdvanceRun, ClaimRequest, FinishRequest, NewRequest, Operation, OperationId, OperationKind, OperationState,
    Request, RunPace, RunProgress, RunStep, StopRun,
};
#[cfg(feature = "postgres")]
pub use postgres::{PostgresBackend, PostgresOptions};
pub use query::{Direction, EventFilter, LogPage, LogQuery, StreamQuery};
pub use snapshot::Snapshot;
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteBackend, SqliteOptions, Synchronous};
pub use stats::{HeldBack, StoreStats};
