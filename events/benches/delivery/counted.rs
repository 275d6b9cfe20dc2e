//! A backend that counts the calls, and leaves the work to another.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use events::store::{
    AdvanceRun, Append, AppendError, Appended, AttemptRecord, Beat, ClaimLanes, ClaimLetters, ClaimRequest, DataPage,
    EventFilter, FailedEvent, FinishAttempt, FinishRequest, HandlerChange, HandlerRow, Lane, LaneAnswer, LaneLease,
    LaneWrite, LetterChange, LetterId, LetterPurge, LetterQuery, LetterStats, LogPage, LogQuery, NewLetter, NewRequest,
    Operation, OperationId, ParkedKey, ProcessRow, RegisterHandlers, RunProgress, RunStep, Snapshot, StopRun,
    StorageBackend, StoreStats, StreamQuery,
};
use events::{Error, HandlerName, Position, ProcessId, RecordedEvent, StreamId, Version};

/// How often each method was called. All clones are one.
#[derive(Clone, Default)]
pub(crate) struct Calls(Arc<Mutex<BTreeMap<&'static str, u32>>>);

impl Calls {
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(crate) fn taken(&self) -> BTreeMap<&'static str, u32> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, method: &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(method).or_default() += 1;
    }
}

pub(crate) struct Counted<B> {
    inner: B,
    calls: Calls,
}

impl<B> Counted<B> {
    pub(crate) fn new(inner: B, calls: Calls) -> Self {
        Self { inner, calls }
    }
}

macro_rules! counted {
    ($(fn $method:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        $(async fn $method(&self, $($argument: $type),*) -> $answer {
            self.calls.count(stringify!($method));
            self.inner.$method($($argument),*).await
        })*
    };
}

/// Without the methods for transactions, copies and hints.
impl<B: StorageBackend> StorageBackend for Counted<B> {
    counted! {
        fn append(append: Append) -> Result<Appended, AppendError>;
        fn read_stream(stream: &StreamId, query: StreamQuery) -> Result<Vec<RecordedEvent>, Error>;
        fn read_log(query: LogQuery) -> Result<LogPage, Error>;
        fn read_log_data(query: LogQuery) -> Result<DataPage, Error>;
        fn stream_version(stream: &StreamId) -> Result<Version, Error>;
        fn count(filter: EventFilter) -> Result<u64, Error>;
        fn stats() -> Result<StoreStats, Error>;
        fn load_snapshot(stream: &StreamId) -> Result<Option<Snapshot>, Error>;
        fn save_snapshot(snapshot: Snapshot) -> Result<(), Error>;
        fn delete_snapshot(stream: &StreamId) -> Result<(), Error>;
        fn write_letters(letters: Vec<NewLetter>) -> Result<Vec<LetterId>, Error>;
        fn letters(query: LetterQuery) -> Result<Vec<FailedEvent>, Error>;
        fn letter_attempts(id: LetterId) -> Result<Vec<AttemptRecord>, Error>;
        fn claim_letters(claim: ClaimLetters) -> Result<Vec<FailedEvent>, Error>;
        fn finish_attempt(attempt: FinishAttempt) -> Result<bool, Error>;
        fn next_letter_due(handlers: Vec<HandlerName>) -> Result<Option<DateTime<Utc>>, Error>;
        fn change_letters(change: LetterChange) -> Result<Vec<LetterId>, Error>;
        fn purge_letters(purge: LetterPurge) -> Result<u64, Error>;
        fn letter_stats() -> Result<LetterStats, Error>;
        fn operations(limit: usize) -> Result<Vec<Operation>, Error>;
        fn last_operation() -> Result<Option<OperationId>, Error>;
        fn request(request: NewRequest) -> Result<Option<Operation>, Error>;
        fn operation(id: OperationId) -> Result<Option<Operation>, Error>;
        fn open_requests() -> Result<Vec<Operation>, Error>;
        fn claim_request(claim: ClaimRequest) -> Result<Option<Operation>, Error>;
        fn advance_run(advance: AdvanceRun) -> Result<Option<RunStep>, Error>;
        fn run_progress(id: OperationId) -> Result<Option<RunProgress>, Error>;
        fn finish_request(finish: FinishRequest) -> Result<bool, Error>;
        fn stop_run(stop: StopRun) -> Result<bool, Error>;
        fn log_end() -> Result<Position, Error>;
        fn register_handlers(register: RegisterHandlers) -> Result<Vec<HandlerRow>, Error>;
        fn durable_handlers() -> Result<Vec<HandlerRow>, Error>;
        fn parked_keys(handler: &HandlerName) -> Result<Vec<ParkedKey>, Error>;
        fn change_handler(change: HandlerChange) -> Result<bool, Error>;
        fn beat(beat: Beat) -> Result<Vec<Lane>, Error>;
        fn processes(now: DateTime<Utc>) -> Result<Vec<ProcessRow>, Error>;
        fn end_process(process: ProcessId) -> Result<(), Error>;
        fn claim_lanes(claim: ClaimLanes) -> Result<Vec<LaneLease>, Error>;
        fn release_lanes(lanes: Vec<Lane>) -> Result<(), Error>;
        fn write_lane(write: LaneWrite) -> Result<LaneAnswer, Error>;
        fn close() -> Result<(), Error>;
    }
}
