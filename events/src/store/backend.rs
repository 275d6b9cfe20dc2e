//! What a store asks of its database.

use std::any::Any;
use std::future::Future;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::unsupported::{not_shared, unsupported};
use super::{
    AdvanceRun, Append, AppendError, Appended, AttemptRecord, Beat, ClaimLanes, ClaimLetters, ClaimRequest, DataPage,
    EventFilter, FailedEvent, FinishAttempt, FinishRequest, HandlerChange, HandlerRow, HeldBack, Lane, LaneAnswer,
    LaneLease, LaneTransaction, LaneWrite, LetterChange, LetterId, LetterPurge, LetterQuery, LetterStats, LogPage,
    LogQuery, NewLetter, NewRequest, Operation, OperationId, ParkedKey, ProcessRow, RegisterHandlers, RunProgress,
    RunStep, Snapshot, StopRun, StoreStats, StreamQuery,
};
use crate::error::{Error, ErrorKind};
use crate::event::RecordedEvent;
use crate::id::{HandlerName, Position, ProcessId, StreamId, Version};

/// What a database must do to hold events. Implement it for an engine of your own; the contract
/// suite of the `testing` feature tells whether it keeps the promises.
///
/// Input has been checked by [`EventStore`](crate::EventStore) already: names, ids, sizes. A backend checks what
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
    label = "needs `StorageBackend`",
    note = "use `EventStore::memory()` or `EventStore::sqlite(path)`, or write `impl StorageBackend for {Self}`"
)]
pub trait StorageBackend: Send + Sync + 'static {
    /// Appends events in one transaction.
    ///
    /// In this order: if all event ids are there already with the same content, it answers as the
    /// first time, with [`AppendStatus::Duplicate`](crate::store::AppendStatus::Duplicate), whatever versions are expected; if some are
    /// there, [`AppendError::PartialDuplicate`]; if one is there with other content (stream, name,
    /// schema version or payload), [`AppendError::EventIdReused`], which goes before the others.
    /// Then it checks every expectation, and writes. The time of recording is never before that of
    /// the event ahead: the store takes the later of the two.
    fn append(&self, append: Append) -> impl Future<Output = Result<Appended, AppendError>> + Send;

    /// Appends events in a transaction of the database that the caller has begun and will end; what is
    /// refused leaves it usable. Which type the transaction has is the backend's to say.
    ///
    /// A backend that can't do this answers [`ErrorKind::Unsupported`].
    fn append_in(
        &self,
        transaction: &mut (dyn Any + Send),
        append: Append,
    ) -> impl Future<Output = Result<Appended, AppendError>> + Send {
        let _ = (transaction, append);
        std::future::ready(Err(not_shared().into()))
    }

    /// Reads a stream; at most `query.limit()` events, and fewer only if there are no more. A missing
    /// stream has none.
    fn read_stream(
        &self,
        stream: &StreamId,
        query: StreamQuery,
    ) -> impl Future<Output = Result<Vec<RecordedEvent>, Error>> + Send;

    /// Reads the log; at most `query.limit()` events. No event at or before [`LogPage::through`] of a
    /// page read forwards may turn up later: an open transaction holds it back.
    fn read_log(&self, query: LogQuery) -> impl Future<Output = Result<LogPage, Error>> + Send;

    /// Reads a stream as [`read_stream`](Self::read_stream) does, without the metadata of its events
    /// but the last one's. The page may have fewer events than the limit allows, and says so; one of
    /// a limit above zero has an event if there is one.
    ///
    /// Aggregates are loaded by it. A backend that reads whole events as fast needs none of its own.
    fn read_stream_data(
        &self,
        stream: &StreamId,
        query: StreamQuery,
    ) -> impl Future<Output = Result<DataPage, Error>> + Send {
        async move {
            let limit = query.limit();
            let events = self.read_stream(stream, query).await?;
            let last = events.last().map(|last| last.metadata().clone());
            Ok(DataPage::from_iter(&events).with_more(events.len() == limit).with_last(last))
        }
    }

    /// Reads the log as [`read_log`](Self::read_log) does, without the metadata of its events. The
    /// page may have fewer events than the limit allows, and says so.
    fn read_log_data(&self, query: LogQuery) -> impl Future<Output = Result<DataPage, Error>> + Send {
        async {
            let page = self.read_log(query).await?;
            let more = page.next().is_some();
            Ok(DataPage::from_iter(page.events()).with_more(more).with_through(page.through()))
        }
    }

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

    /// Keeps a snapshot in a transaction of the caller's, as [`append_in`](Self::append_in) does events.
    fn save_snapshot_in(
        &self,
        transaction: &mut (dyn Any + Send),
        snapshot: Snapshot,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        let _ = (transaction, snapshot);
        std::future::ready(Err(not_shared()))
    }

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

    /// Removes letters of that status that were closed before that time, except those that are held, and
    /// writes an audit row with [its result](LetterPurge::result) if somebody asks for it, in one transaction;
    /// the row is written even if no letter was removed. Answers how many were.
    fn purge_letters(&self, purge: LetterPurge) -> impl Future<Output = Result<u64, Error>> + Send;

    /// Counts of letters, from the rows themselves.
    fn letter_stats(&self) -> impl Future<Output = Result<LetterStats, Error>> + Send;

    /// What operators have done and asked for, newest first.
    fn operations(&self, limit: usize) -> impl Future<Output = Result<Vec<Operation>, Error>> + Send;

    /// The number of the last operation, if there was one.
    fn last_operation(&self) -> impl Future<Output = Result<Option<OperationId>, Error>> + Send {
        async { Ok(self.operations(1).await?.first().map(|last| last.id)) }
    }

    /// Writes a request about the letters that match and that it applies to, in one transaction. Answers
    /// with it; `None`, and nothing is written, if there is no such letter.
    ///
    /// A run takes its letters now: those that failed longest ago are its first, and those of another run
    /// that is open stay there. An edit is about the first letter.
    ///
    /// This method and those about requests and runs serve operators. A backend without them answers
    /// [`ErrorKind::Unsupported`].
    fn request(&self, request: NewRequest) -> impl Future<Output = Result<Option<Operation>, Error>> + Send {
        drop(request);
        unsupported()
    }

    /// The operation of that number.
    fn operation(&self, id: OperationId) -> impl Future<Output = Result<Option<Operation>, Error>> + Send {
        let _ = id;
        unsupported()
    }

    /// The requests that aren't finished, oldest first.
    fn open_requests(&self) -> impl Future<Output = Result<Vec<Operation>, Error>> + Send {
        unsupported()
    }

    /// Takes on a request that is open, unless another process has it that is alive. Its epoch grows, and
    /// it is running then.
    fn claim_request(&self, claim: ClaimRequest) -> impl Future<Output = Result<Option<Operation>, Error>> + Send {
        drop(claim);
        unsupported()
    }

    /// Makes the next letters of a run due, so that they are tried once. Answers `None`, and writes nothing,
    /// if the run isn't running or another process has taken it on.
    fn advance_run(&self, advance: AdvanceRun) -> impl Future<Output = Result<Option<RunStep>, Error>> + Send {
        let _ = advance;
        unsupported()
    }

    /// What has become of a run's letters; `None` if there is no such run.
    fn run_progress(&self, id: OperationId) -> impl Future<Output = Result<Option<RunProgress>, Error>> + Send {
        let _ = id;
        unsupported()
    }

    /// Ends a request, and keeps the data of an edit that was accepted with its letter. Answers `false`, and
    /// writes nothing, if it isn't running or another process has taken it on.
    fn finish_request(&self, finish: FinishRequest) -> impl Future<Output = Result<bool, Error>> + Send {
        drop(finish);
        unsupported()
    }

    /// Stops a run that is open, and writes an audit row. Answers `false`, and writes nothing, if there is
    /// no such run.
    fn stop_run(&self, stop: StopRun) -> impl Future<Output = Result<bool, Error>> + Send {
        drop(stop);
        unsupported()
    }

    /// The end of the log: every event at or before this position can be read now, or will never
    /// be there. [`Position::START`] of an empty log.
    fn log_end(&self) -> impl Future<Output = Result<Position, Error>> + Send {
        async {
            let last = self.read_log(LogQuery::new().before(None).with_limit(1)).await?;
            Ok(last.events().last().map_or(Position::START, RecordedEvent::position))
        }
    }

    /// Waits for a hint that the log may have grown, by this process or another: until there have been
    /// other than `heard` of them. Answers how many there have been.
    ///
    /// A hint may come too early, twice, or not at all: whoever follows the log looks now and then in
    /// any case. A backend that hears of nothing never answers.
    fn log_hint(&self, heard: u64) -> impl Future<Output = u64> + Send {
        let _ = heard;
        std::future::pending()
    }

    /// The open transaction for which readers of the log have to wait, if there is one.
    fn held_back(&self) -> impl Future<Output = Result<Option<HeldBack>, Error>> + Send {
        std::future::ready(Ok(None))
    }

    /// Makes the rows of durable handlers that the store doesn't know, and notes the build of those
    /// it does; answers with the rows, in the order given.
    ///
    /// A new handler begins at the start of the log, or at its end. One whose `renamed_from` is
    /// known, and whose own name isn't, takes that one's row over with everything in it: checkpoints,
    /// parked keys, and the letters, before which those give way that the new name has about the
    /// same events. Its lanes are free then. The number of lanes of a known handler stays what it is.
    ///
    /// Handlers with no lane, or with more than 1,024, are refused as invalid, and nothing is written.
    ///
    /// This method and those below serve durable handlers. A backend without them answers
    /// [`ErrorKind::Unsupported`], and programs that declare a durable handler don't start on it.
    fn register_handlers(
        &self,
        register: RegisterHandlers,
    ) -> impl Future<Output = Result<Vec<HandlerRow>, Error>> + Send {
        drop(register);
        unsupported()
    }

    /// All durable handlers that the store knows, by name.
    fn durable_handlers(&self) -> impl Future<Output = Result<Vec<HandlerRow>, Error>> + Send {
        unsupported()
    }

    /// The keys of a handler that wait behind a letter, by partition and key.
    fn parked_keys(&self, handler: &HandlerName) -> impl Future<Output = Result<Vec<ParkedKey>, Error>> + Send {
        let _ = handler;
        unsupported()
    }

    /// Pauses, resumes, resets or removes a handler and writes an audit row, in one transaction.
    /// Answers `false`, and writes nothing, if the store doesn't know the handler. A removal is refused as
    /// invalid while a process that is alive at that time declares the handler.
    ///
    /// A reset, rebuild or removal grows the epochs: what the owners write afterwards is lost, also if a
    /// handler of the same name is registered later. An owner's write to a handler that is paused
    /// or halted is kept: it was under way.
    fn change_handler(&self, change: HandlerChange) -> impl Future<Output = Result<bool, Error>> + Send {
        drop(change);
        unsupported()
    }

    /// Notes that a process is alive and renews the leases of all lanes it holds, those that have
    /// ended and that nobody has taken among them. Answers with those lanes, except the ones whose
    /// handler isn't running any more: the process lets go of them. A lane in the answer that the
    /// process doesn't run, because it has missed the answer to its claim, is one to release.
    ///
    /// Processes whose time was over before are forgotten.
    fn beat(&self, beat: Beat) -> impl Future<Output = Result<Vec<Lane>, Error>> + Send {
        drop(beat);
        unsupported()
    }

    /// The processes that are alive at that time, by name.
    fn processes(&self, now: DateTime<Utc>) -> impl Future<Output = Result<Vec<ProcessRow>, Error>> + Send {
        let _ = now;
        unsupported()
    }

    /// Notes that a process has ended, and frees its lanes.
    fn end_process(&self, process: ProcessId) -> impl Future<Output = Result<(), Error>> + Send {
        drop(process);
        unsupported()
    }

    /// Takes lanes of running handlers: first those that nobody holds, then those whose lease has
    /// ended, the longest first. Their epochs grow. Lanes the caller holds are not among them, even
    /// if their lease has ended: a beat renews it.
    fn claim_lanes(&self, claim: ClaimLanes) -> impl Future<Output = Result<Vec<LaneLease>, Error>> + Send {
        drop(claim);
        unsupported()
    }

    /// Gives lanes back; those that have passed to somebody else are left alone.
    fn release_lanes(&self, lanes: Vec<Lane>) -> impl Future<Output = Result<(), Error>> + Send {
        drop(lanes);
        unsupported()
    }

    /// Writes what the owner of a lane has done, in one transaction, if the lane's epoch is still
    /// his and the checkpoint is where he believes it; [`LaneAnswer::Lost`] otherwise. A lease that
    /// has ended and that nobody has taken is still his. A write without any content only tells
    /// whether the lane is his.
    ///
    /// A checkpoint that would go back is refused as invalid, and nothing is written.
    fn write_lane(&self, write: LaneWrite) -> impl Future<Output = Result<LaneAnswer, Error>> + Send {
        drop(write);
        unsupported()
    }

    /// Writes what the owner of a lane has done in a transaction of the caller's, as
    /// [`append_in`](Self::append_in) does events. Lost or refused, nothing of it is written, and the
    /// transaction can go on.
    fn write_lane_in(
        &self,
        transaction: &mut (dyn Any + Send),
        write: LaneWrite,
    ) -> impl Future<Output = Result<LaneAnswer, Error>> + Send {
        let _ = (transaction, write);
        std::future::ready(Err(not_shared()))
    }

    /// Begins a transaction for a handler that takes `Tx<…>`.
    fn begin(&self) -> impl Future<Output = Result<Box<dyn LaneTransaction>, Error>> + Send {
        unsupported()
    }

    /// Writes a copy of the database to a file that isn't there yet, in one piece and while others write.
    ///
    /// A backend that can't do this answers [`ErrorKind::Unsupported`].
    fn backup_to(&self, path: &Path) -> impl Future<Output = Result<(), Error>> + Send {
        let _ = path;
        let message = "this store can't copy itself to a file: use the tools of its database";
        std::future::ready(Err(Error::new(ErrorKind::Unsupported, message)))
    }

    /// Finishes what is under way and lets go of the database. Calls after it are refused as
    /// unavailable, except another close.
    fn close(&self) -> impl Future<Output = Result<(), Error>> + Send;
}
