//! A store in memory that fails on request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use chrono::{DateTime, Utc};
use events::store::{
    Append, AppendError, Appended, AttemptRecord, Beat, ClaimLanes, ClaimLetters, ClaimRequest, EventFilter,
    FailedEvent, FinishAttempt, FinishRequest, HandlerChange, HandlerRow, Lane, LaneAnswer, LaneLease, LaneWrite,
    LetterChange, LetterId, LetterPurge, LetterQuery, LetterStats, LogPage, LogQuery, MemoryBackend, NewLetter,
    NewRequest, Operation, OperationId, ParkedKey, ProcessRow, RegisterHandlers, Snapshot, StorageBackend, StoreStats,
    StreamQuery,
};
use events::{Error, ErrorKind, EventStore, HandlerName, Position, ProcessId, RecordedEvent, StreamId, Version};
use tokio::sync::Semaphore;

/// All clones are one store.
#[derive(Clone)]
pub(crate) struct Fragile(Arc<Parts>);

struct Parts {
    memory: MemoryBackend,
    appends: Semaphore,
    append_error: AtomicBool,
    letter_error: AtomicBool,
    attempt_error: AtomicBool,
    purge_error: AtomicBool,
    log_error: std::sync::Mutex<Option<ErrorKind>>,
    event_error: std::sync::Mutex<Option<Position>>,
    stream_reads: AtomicUsize,
    letters_read: AtomicUsize,
    yields: AtomicBool,
    hidden: std::sync::Mutex<Option<Version>>,
}

impl Fragile {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Parts {
            memory: MemoryBackend::new(),
            appends: Semaphore::new(Semaphore::MAX_PERMITS),
            append_error: AtomicBool::new(false),
            letter_error: AtomicBool::new(false),
            attempt_error: AtomicBool::new(false),
            purge_error: AtomicBool::new(false),
            log_error: std::sync::Mutex::new(None),
            event_error: std::sync::Mutex::new(None),
            stream_reads: AtomicUsize::new(0),
            letters_read: AtomicUsize::new(0),
            yields: AtomicBool::new(false),
            hidden: std::sync::Mutex::new(None),
        }))
    }

    pub(crate) fn store(&self) -> EventStore {
        EventStore::new(self.clone())
    }

    /// Holds every append back until [`let_appends_through`](Self::let_appends_through).
    pub(crate) fn hold_appends(&self) {
        self.0.appends.forget_permits(usize::MAX);
    }

    pub(crate) fn let_appends_through(&self) {
        self.0.appends.add_permits(1_000_000);
    }

    pub(crate) fn fail_appends(&self, fail: bool) {
        self.0.append_error.store(fail, Ordering::SeqCst);
    }

    pub(crate) fn fail_letters(&self, fail: bool) {
        self.0.letter_error.store(fail, Ordering::SeqCst);
    }

    /// What comes of attempts at letters of durable handlers can't be written.
    pub(crate) fn fail_attempts(&self, fail: bool) {
        self.0.attempt_error.store(fail, Ordering::SeqCst);
    }

    pub(crate) fn fail_purges(&self, fail: bool) {
        self.0.purge_error.store(fail, Ordering::SeqCst);
    }

    pub(crate) fn fail_log(&self, kind: Option<ErrorKind>) {
        *self.0.log_error.lock().unwrap() = kind;
    }

    /// Fails whenever the event at that position is asked for by itself.
    pub(crate) fn fail_event(&self, position: Option<Position>) {
        *self.0.event_error.lock().unwrap() = position;
    }

    /// Leaves the event of that version out of every stream that is read.
    pub(crate) fn hide(&self, version: Option<Version>) {
        *self.0.hidden.lock().unwrap() = version;
    }

    /// Lets another task run at each read and append, as a database would.
    pub(crate) fn yielding(self) -> Self {
        self.0.yields.store(true, Ordering::SeqCst);
        self
    }

    /// How many pages of streams were read.
    pub(crate) fn stream_reads(&self) -> usize {
        self.0.stream_reads.load(Ordering::SeqCst)
    }

    /// How many letters were handed out.
    pub(crate) fn letters_read(&self) -> usize {
        self.0.letters_read.load(Ordering::SeqCst)
    }

    async fn breathe(&self) {
        if self.0.yields.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
    }
}

fn failure(fail: &AtomicBool, what: &str) -> Result<(), Error> {
    if fail.load(Ordering::SeqCst) {
        Err(Error::new(ErrorKind::Unavailable, format!("{what} fail now")))
    } else {
        Ok(())
    }
}

impl StorageBackend for Fragile {
    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.breathe().await;
        drop(self.0.appends.acquire().await.unwrap());
        failure(&self.0.append_error, "appends")?;
        self.0.memory.append(append).await
    }

    async fn read_stream(&self, stream: &StreamId, query: StreamQuery) -> Result<Vec<RecordedEvent>, Error> {
        self.breathe().await;
        self.0.stream_reads.fetch_add(1, Ordering::SeqCst);
        let mut events = self.0.memory.read_stream(stream, query).await?;
        let hidden = *self.0.hidden.lock().unwrap();
        events.retain(|event| Some(event.version()) != hidden);
        Ok(events)
    }

    async fn read_log(&self, query: LogQuery) -> Result<LogPage, Error> {
        if let Some(kind) = *self.0.log_error.lock().unwrap() {
            return Err(Error::new(kind, "the log can't be read now"));
        }
        let single = query.start().filter(|_| query.limit() == 1).map(Position::next);
        if single.is_some() && single == *self.0.event_error.lock().unwrap() {
            return Err(Error::new(ErrorKind::Unavailable, "the event can't be read now"));
        }
        self.0.memory.read_log(query).await
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<Version, Error> {
        self.0.memory.stream_version(stream).await
    }

    async fn count(&self, filter: EventFilter) -> Result<u64, Error> {
        self.0.memory.count(filter).await
    }

    async fn stats(&self) -> Result<StoreStats, Error> {
        self.0.memory.stats().await
    }

    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, Error> {
        self.0.memory.load_snapshot(stream).await
    }

    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), Error> {
        self.0.memory.save_snapshot(snapshot).await
    }

    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), Error> {
        self.0.memory.delete_snapshot(stream).await
    }

    async fn write_letters(&self, letters: Vec<NewLetter>) -> Result<Vec<LetterId>, Error> {
        failure(&self.0.letter_error, "letters")?;
        self.0.memory.write_letters(letters).await
    }

    async fn letters(&self, query: LetterQuery) -> Result<Vec<FailedEvent>, Error> {
        let letters = self.0.memory.letters(query).await?;
        self.0.letters_read.fetch_add(letters.len(), Ordering::SeqCst);
        Ok(letters)
    }

    async fn letter_attempts(&self, id: LetterId) -> Result<Vec<AttemptRecord>, Error> {
        self.0.memory.letter_attempts(id).await
    }

    async fn claim_letters(&self, claim: ClaimLetters) -> Result<Vec<FailedEvent>, Error> {
        self.0.memory.claim_letters(claim).await
    }

    async fn finish_attempt(&self, attempt: FinishAttempt) -> Result<bool, Error> {
        self.0.memory.finish_attempt(attempt).await
    }

    async fn next_letter_due(&self, handlers: Vec<HandlerName>) -> Result<Option<DateTime<Utc>>, Error> {
        self.0.memory.next_letter_due(handlers).await
    }

    async fn change_letters(&self, change: LetterChange) -> Result<Vec<LetterId>, Error> {
        self.0.memory.change_letters(change).await
    }

    async fn purge_letters(&self, purge: LetterPurge) -> Result<u64, Error> {
        failure(&self.0.purge_error, "purges")?;
        self.0.memory.purge_letters(purge).await
    }

    async fn letter_stats(&self) -> Result<LetterStats, Error> {
        self.0.memory.letter_stats().await
    }

    async fn operations(&self, limit: usize) -> Result<Vec<Operation>, Error> {
        self.0.memory.operations(limit).await
    }

    async fn last_operation(&self) -> Result<Option<OperationId>, Error> {
        self.0.memory.last_operation().await
    }

    async fn request(&self, request: NewRequest) -> Result<Option<Operation>, Error> {
        self.0.memory.request(request).await
    }

    async fn operation(&self, id: OperationId) -> Result<Option<Operation>, Error> {
        self.0.memory.operation(id).await
    }

    async fn open_requests(&self) -> Result<Vec<Operation>, Error> {
        self.0.memory.open_requests().await
    }

    async fn claim_request(&self, claim: ClaimRequest) -> Result<Option<Operation>, Error> {
        self.0.memory.claim_request(claim).await
    }

    async fn finish_request(&self, finish: FinishRequest) -> Result<bool, Error> {
        self.0.memory.finish_request(finish).await
    }

    async fn register_handlers(&self, register: RegisterHandlers) -> Result<Vec<HandlerRow>, Error> {
        self.0.memory.register_handlers(register).await
    }

    async fn durable_handlers(&self) -> Result<Vec<HandlerRow>, Error> {
        self.0.memory.durable_handlers().await
    }

    async fn parked_keys(&self, handler: &HandlerName) -> Result<Vec<ParkedKey>, Error> {
        self.0.memory.parked_keys(handler).await
    }

    async fn change_handler(&self, change: HandlerChange) -> Result<bool, Error> {
        self.0.memory.change_handler(change).await
    }

    async fn beat(&self, beat: Beat) -> Result<Vec<Lane>, Error> {
        self.0.memory.beat(beat).await
    }

    async fn processes(&self, now: DateTime<Utc>) -> Result<Vec<ProcessRow>, Error> {
        self.0.memory.processes(now).await
    }

    async fn end_process(&self, process: ProcessId) -> Result<(), Error> {
        self.0.memory.end_process(process).await
    }

    async fn claim_lanes(&self, claim: ClaimLanes) -> Result<Vec<LaneLease>, Error> {
        self.0.memory.claim_lanes(claim).await
    }

    async fn release_lanes(&self, lanes: Vec<Lane>) -> Result<(), Error> {
        self.0.memory.release_lanes(lanes).await
    }

    async fn write_lane(&self, write: LaneWrite) -> Result<LaneAnswer, Error> {
        if !write.letters.is_empty() {
            failure(&self.0.letter_error, "letters")?;
        }
        if !write.attempts.is_empty() {
            failure(&self.0.attempt_error, "attempts")?;
        }
        self.0.memory.write_lane(write).await
    }

    async fn close(&self) -> Result<(), Error> {
        self.0.memory.close().await
    }
}
