//! A store in memory: the same checks, answers and errors as a database, and gone with the process.
//!
//! Nothing waits: every call does its work at once, under one lock. Memory grows with the log.

mod delivery;
mod letters;
mod log;
mod operations;

use std::sync::{Mutex, MutexGuard};

use chrono::{DateTime, Utc};

use self::delivery::Handlers;
use self::letters::Letters;
use self::log::Log;
use self::operations::Operations;
use super::{
    AdvanceRun, Append, AppendError, Appended, AttemptRecord, Beat, ClaimLanes, ClaimLetters, ClaimRequest, DataPage,
    EventFilter, FailedEvent, FinishAttempt, FinishRequest, HandlerAction, HandlerChange, HandlerRow, Lane, LaneAnswer,
    LaneLease, LaneWrite, LetterChange, LetterId, LetterPurge, LetterQuery, LetterStats, LogPage, LogQuery, NewLetter,
    NewRequest, Operation, OperationId, ParkedKey, ProcessRow, RegisterHandlers, RunProgress, RunStep, Snapshot,
    StopRun, StorageBackend, StoreStats, StreamQuery, limits,
};
use crate::clock;
use crate::error::{Error, ErrorKind};
use crate::event::RecordedEvent;
use crate::id::{HandlerName, Position, ProcessId, StreamId, Version};

/// A [`StorageBackend`] in memory.
///
/// ```
/// use events::EventStore;
/// use events::store::MemoryBackend;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let store = EventStore::new(MemoryBackend::new());
/// assert_eq!(store.stats().await?.events, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct MemoryBackend {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    log: Log,
    letters: Letters,
    handlers: Handlers,
    operations: Operations,
    closed: bool,
}

impl MemoryBackend {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> Result<MutexGuard<'_, State>, Error> {
        let state = self.lock()?;
        if state.closed {
            return Err(Error::new(ErrorKind::Unavailable, "the store is closed"));
        }
        Ok(state)
    }

    /// A panic under the lock may have left half of a change behind, so nothing is read after it.
    fn lock(&self) -> Result<MutexGuard<'_, State>, Error> {
        self.state.lock().map_err(|_| Error::new(ErrorKind::Internal, "the memory store has panicked"))
    }
}

impl std::fmt::Debug for MemoryBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryBackend").finish_non_exhaustive()
    }
}

impl StorageBackend for MemoryBackend {
    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.state()?.log.append(append)
    }

    async fn read_stream(&self, stream: &StreamId, query: StreamQuery) -> Result<Vec<RecordedEvent>, Error> {
        Ok(self.state()?.log.read_stream(stream, &query))
    }

    async fn read_log(&self, query: LogQuery) -> Result<LogPage, Error> {
        Ok(self.state()?.log.read(&query))
    }

    async fn read_stream_data(&self, stream: &StreamId, query: StreamQuery) -> Result<DataPage, Error> {
        Ok(self.state()?.log.read_stream_data(stream, &query))
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<Version, Error> {
        Ok(self.state()?.log.version(stream))
    }

    async fn count(&self, filter: EventFilter) -> Result<u64, Error> {
        Ok(self.state()?.log.count(&filter))
    }

    async fn stats(&self) -> Result<StoreStats, Error> {
        Ok(self.state()?.log.stats())
    }

    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, Error> {
        Ok(self.state()?.log.load_snapshot(stream))
    }

    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), Error> {
        self.state()?.log.save_snapshot(snapshot)
    }

    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), Error> {
        self.state()?.log.delete_snapshot(stream);
        Ok(())
    }

    async fn write_letters(&self, letters: Vec<NewLetter>) -> Result<Vec<LetterId>, Error> {
        self.state()?.letters.write(letters)
    }

    async fn letters(&self, query: LetterQuery) -> Result<Vec<FailedEvent>, Error> {
        Ok(self.state()?.letters.read(&query))
    }

    async fn letter_attempts(&self, id: LetterId) -> Result<Vec<AttemptRecord>, Error> {
        Ok(self.state()?.letters.attempts(id))
    }

    async fn claim_letters(&self, claim: ClaimLetters) -> Result<Vec<FailedEvent>, Error> {
        Ok(self.state()?.letters.claim(&claim))
    }

    async fn finish_attempt(&self, attempt: FinishAttempt) -> Result<bool, Error> {
        Ok(self.state()?.letters.finish(attempt))
    }

    async fn next_letter_due(&self, handlers: Vec<HandlerName>) -> Result<Option<DateTime<Utc>>, Error> {
        Ok(self.state()?.letters.next_due(&handlers))
    }

    async fn change_letters(&self, change: LetterChange) -> Result<Vec<LetterId>, Error> {
        let mut state = self.state()?;
        let changed = state.letters.change(&change);
        state.operations.note_letter_change(change, changed.clone());
        Ok(changed)
    }

    async fn purge_letters(&self, purge: LetterPurge) -> Result<u64, Error> {
        let mut state = self.state()?;
        let removed = state.letters.purge(purge.status, purge.before);
        state.operations.note_purge(purge, removed);
        Ok(removed)
    }

    async fn letter_stats(&self) -> Result<LetterStats, Error> {
        Ok(self.state()?.letters.stats())
    }

    async fn operations(&self, limit: usize) -> Result<Vec<Operation>, Error> {
        Ok(self.state()?.operations.newest(limit))
    }

    async fn last_operation(&self) -> Result<Option<OperationId>, Error> {
        Ok(self.state()?.operations.last())
    }

    async fn request(&self, request: NewRequest) -> Result<Option<Operation>, Error> {
        let mut state = self.state()?;
        let State { letters, operations, .. } = &mut *state;
        Ok(operations.request(request, letters))
    }

    async fn operation(&self, id: OperationId) -> Result<Option<Operation>, Error> {
        Ok(self.state()?.operations.get(id))
    }

    async fn open_requests(&self) -> Result<Vec<Operation>, Error> {
        Ok(self.state()?.operations.open())
    }

    async fn claim_request(&self, claim: ClaimRequest) -> Result<Option<Operation>, Error> {
        let mut state = self.state()?;
        let State { handlers, operations, .. } = &mut *state;
        let now = claim.now;
        Ok(operations.claim(claim, |process| handlers.is_alive(process, now)))
    }

    async fn advance_run(&self, advance: AdvanceRun) -> Result<Option<RunStep>, Error> {
        let mut state = self.state()?;
        let State { letters, operations, .. } = &mut *state;
        Ok(operations.advance(&advance, letters))
    }

    async fn run_progress(&self, id: OperationId) -> Result<Option<RunProgress>, Error> {
        let state = self.state()?;
        Ok(state.operations.progress(id, &state.letters))
    }

    async fn finish_request(&self, finish: FinishRequest) -> Result<bool, Error> {
        let mut state = self.state()?;
        let State { letters, operations, .. } = &mut *state;
        Ok(operations.finish(finish, letters))
    }

    async fn stop_run(&self, stop: StopRun) -> Result<bool, Error> {
        Ok(self.state()?.operations.stop(stop))
    }

    async fn log_end(&self) -> Result<Position, Error> {
        Ok(self.state()?.log.end())
    }

    async fn register_handlers(&self, register: RegisterHandlers) -> Result<Vec<HandlerRow>, Error> {
        let mut state = self.state()?;
        let State { log, letters, handlers, .. } = &mut *state;
        handlers.register(register, log.end(), letters)
    }

    async fn durable_handlers(&self) -> Result<Vec<HandlerRow>, Error> {
        Ok(self.state()?.handlers.rows())
    }

    async fn parked_keys(&self, handler: &HandlerName) -> Result<Vec<ParkedKey>, Error> {
        Ok(self.state()?.handlers.parked(handler))
    }

    async fn change_handler(&self, change: HandlerChange) -> Result<bool, Error> {
        if let HandlerAction::Reset { to } = change.action {
            limits::check_number("position of the handler", to.value())?;
        }
        let mut state = self.state()?;
        let known = state.handlers.change(&change)?;
        if known {
            let discards = !matches!(change.action, HandlerAction::Pause | HandlerAction::Resume);
            let at = clock::cut(change.at);
            let discarded = if discards { state.letters.discard_open(&change.handler, at) } else { Vec::new() };
            state.operations.note_handler_change(change, discarded);
        }
        Ok(known)
    }

    async fn beat(&self, beat: Beat) -> Result<Vec<Lane>, Error> {
        Ok(self.state()?.handlers.beat(beat))
    }

    async fn processes(&self, now: DateTime<Utc>) -> Result<Vec<ProcessRow>, Error> {
        Ok(self.state()?.handlers.processes(now))
    }

    async fn end_process(&self, process: ProcessId) -> Result<(), Error> {
        self.state()?.handlers.end_process(&process);
        Ok(())
    }

    async fn claim_lanes(&self, claim: ClaimLanes) -> Result<Vec<LaneLease>, Error> {
        Ok(self.state()?.handlers.claim(&claim))
    }

    async fn release_lanes(&self, lanes: Vec<Lane>) -> Result<(), Error> {
        self.state()?.handlers.release(&lanes);
        Ok(())
    }

    async fn write_lane(&self, write: LaneWrite) -> Result<LaneAnswer, Error> {
        let mut state = self.state()?;
        let State { letters, handlers, .. } = &mut *state;
        handlers.write(write, letters)
    }

    async fn close(&self) -> Result<(), Error> {
        self.lock()?.closed = true;
        Ok(())
    }
}
