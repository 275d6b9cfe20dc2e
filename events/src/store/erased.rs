//! The boxed twin of [`StorageBackend`], so that a store has no type parameter.

use std::any::Any;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::{
    AdvanceRun, Append, AppendError, Appended, AttemptRecord, Beat, ClaimLanes, ClaimLetters, ClaimRequest, DataPage,
    EventFilter, FailedEvent, FinishAttempt, FinishRequest, HandlerChange, HandlerRow, HeldBack, Lane, LaneAnswer,
    LaneLease, LaneTransaction, LaneWrite, LetterChange, LetterId, LetterPurge, LetterQuery, LetterStats, LogPage,
    LogQuery, NewLetter, NewRequest, Operation, OperationId, ParkedKey, ProcessRow, RegisterHandlers, RunProgress,
    RunStep, Snapshot, StopRun, StorageBackend, StoreStats, StreamQuery,
};
use crate::error::Error;
use crate::event::RecordedEvent;
use crate::handler::BoxFuture;
use crate::id::{HandlerName, Position, ProcessId, StreamId, Version};

macro_rules! erased {
    ($($name:ident($($argument:ident: $type:ty),*) -> $output:ty;)*) => {
        #[expect(clippy::allow_attributes, reason = "which methods are used depends on the features")]
        #[allow(dead_code, reason = "some serve durable handlers and tests alone")]
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
    append_in(transaction: &'a mut (dyn Any + Send), append: Append) -> Result<Appended, AppendError>;
    read_stream(stream: &'a StreamId, query: StreamQuery) -> Result<Vec<RecordedEvent>, Error>;
    read_log(query: LogQuery) -> Result<LogPage, Error>;
    read_stream_data(stream: &'a StreamId, query: StreamQuery) -> Result<DataPage, Error>;
    read_log_data(query: LogQuery) -> Result<DataPage, Error>;
    stream_version(stream: &'a StreamId) -> Result<Version, Error>;
    count(filter: EventFilter) -> Result<u64, Error>;
    stats() -> Result<StoreStats, Error>;
    load_snapshot(stream: &'a StreamId) -> Result<Option<Snapshot>, Error>;
    save_snapshot(snapshot: Snapshot) -> Result<(), Error>;
    save_snapshot_in(transaction: &'a mut (dyn Any + Send), snapshot: Snapshot) -> Result<(), Error>;
    delete_snapshot(stream: &'a StreamId) -> Result<(), Error>;
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
    last_operation() -> Result<Option<OperationId>, Error>;
    request(request: NewRequest) -> Result<Option<Operation>, Error>;
    operation(id: OperationId) -> Result<Option<Operation>, Error>;
    open_requests() -> Result<Vec<Operation>, Error>;
    claim_request(claim: ClaimRequest) -> Result<Option<Operation>, Error>;
    advance_run(advance: AdvanceRun) -> Result<Option<RunStep>, Error>;
    run_progress(id: OperationId) -> Result<Option<RunProgress>, Error>;
    finish_request(finish: FinishRequest) -> Result<bool, Error>;
    stop_run(stop: StopRun) -> Result<bool, Error>;
    log_end() -> Result<Position, Error>;
    log_hint(heard: u64) -> u64;
    held_back() -> Result<Option<HeldBack>, Error>;
    register_handlers(register: RegisterHandlers) -> Result<Vec<HandlerRow>, Error>;
    durable_handlers() -> Result<Vec<HandlerRow>, Error>;
    parked_keys(handler: &'a HandlerName) -> Result<Vec<ParkedKey>, Error>;
    change_handler(change: HandlerChange) -> Result<bool, Error>;
    beat(beat: Beat) -> Result<Vec<Lane>, Error>;
    processes(now: DateTime<Utc>) -> Result<Vec<ProcessRow>, Error>;
    end_process(process: ProcessId) -> Result<(), Error>;
    claim_lanes(claim: ClaimLanes) -> Result<Vec<LaneLease>, Error>;
    release_lanes(lanes: Vec<Lane>) -> Result<(), Error>;
    write_lane(write: LaneWrite) -> Result<LaneAnswer, Error>;
    write_lane_in(transaction: &'a mut (dyn Any + Send), write: LaneWrite) -> Result<LaneAnswer, Error>;
    begin() -> Result<Box<dyn LaneTransaction>, Error>;
    backup_to(path: &'a Path) -> Result<(), Error>;
    close() -> Result<(), Error>;
}
