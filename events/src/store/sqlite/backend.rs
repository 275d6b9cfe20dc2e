//! The backend: which work goes where.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::ahead::Ahead;
use super::append::AppendWork;
use super::connection::open_beside_memory;
use super::error::{read_only, store_error};
use super::job::Call;
use super::options::Access;
use super::readers::{Place, Readers};
use super::transaction::Transactions;
use super::turns::Turns;
use super::writer::Writer;
use super::{SqliteOptions, backup, data, delivery, letters, operations, read, snapshot};
use crate::error::Error;
use crate::event::RecordedEvent;
use crate::id::{HandlerName, Position, ProcessId, StreamId, Version};
use crate::store::{
    AdvanceRun, Append, AppendError, Appended, AttemptRecord, Beat, ClaimLanes, ClaimLetters, ClaimRequest, DataPage,
    Direction, EventFilter, FIRST_PAGE, FailedEvent, FinishAttempt, FinishRequest, HandlerAction, HandlerChange,
    HandlerRow, Lane, LaneAnswer, LaneLease, LaneTransaction, LaneWrite, LetterChange, LetterId, LetterPurge,
    LetterQuery, LetterStats, LogPage, LogQuery, NewLetter, NewRequest, Operation, OperationId, ParkedKey, ProcessRow,
    RegisterHandlers, RunProgress, RunStep, Snapshot, StopRun, StorageBackend, StoreStats, StreamQuery, limits,
};

/// A [`StorageBackend`] in an SQLite file.
///
/// **Commits** are acknowledged when they are on the disk, unless [`Synchronous::Normal`] says
/// otherwise. Those that wait at the same time share one sync of the disk, and reading never waits for
/// them. So many may wait: appending faster than the disk allows makes callers wait, not memory grow.
///
/// **Several processes** may have the file open. Whoever writes holds the others' writes up, for
/// [`SqliteOptions::with_busy_timeout`] at most. One that writes all the time makes a pause now and
/// then, in which the others get in, and what they have committed is read at once. One that opens the
/// file [`read_only`](SqliteOptions::read_only) changes nothing. The file has to be on a local disk.
///
/// **A failure**, because the disk is full, the file locked or gone, or the device broken, is
/// [`Unavailable`](crate::ErrorKind::Unavailable): nothing was written, and the same call may succeed
/// later. Damage to what is stored is [`Decode`](crate::ErrorKind::Decode), and names the event.
///
/// **The log of changes**, `-wal`, is beside the file while it is open: commits go there first. It has
/// 16 MiB and what is committed at once at most, unless somebody reads without an end: another program
/// in one long transaction, or a backup. It is cut off again afterwards. The last one to close the file takes the log along. After a
/// crash it stays, with an index of it, `-shm`, and the next one to open the file takes what is in it.
/// So whoever moves the file moves the three of them;
/// [`EventStore::backup_to`](crate::EventStore::backup_to) makes a copy that is one file.
///
/// **The end**: whoever drops the last handle waits until all that was asked for is done and the file
/// is closed. [`EventStore::close`](crate::EventStore::close) does so without blocking the thread, and
/// says if it fails. A program that is ended without either loses nothing that was acknowledged.
///
/// **A durable handler** may be lent a transaction. It has the write lock until it ends, for
/// [`SqliteOptions::with_transaction_timeout`] at most.
///
/// **A future** that is dropped before its work is in the queue has done nothing; later, the work is
/// done as a whole.
///
/// [`Synchronous::Normal`]: crate::store::Synchronous::Normal
///
/// ```
/// # async fn example() -> Result<(), events::Error> {
/// use events::EventStore;
/// use events::store::{SqliteBackend, SqliteOptions};
///
/// let store = EventStore::new(SqliteBackend::open(SqliteOptions::in_memory()).await?);
/// assert_eq!(store.stats().await?.events, 0);
/// store.close().await?;
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
/// ```
pub struct SqliteBackend {
    // Dropped in this order: the last connection of a file is the writer's.
    /// None for a database in memory: it has no readers beside its writer.
    readers: Option<Readers>,
    ahead: Ahead,
    /// None if it only reads.
    pen: Option<Pen>,
}

/// What writes.
struct Pen {
    transactions: Transactions,
    writer: Writer,
}

impl SqliteBackend {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// If the file can't be opened; is no SQLite database, or one of another application (nothing
    /// of it is changed then); or was written by a newer version of this program. Read-only, also if
    /// it isn't there, or was written by an older version.
    pub async fn open(options: SqliteOptions) -> Result<Self, Error> {
        let options = options.absolute()?;
        if options.access() == Access::Read {
            return Ok(Self { readers: Some(Readers::open(options).await?), ahead: Ahead::default(), pen: None });
        }
        // A transaction of a handler ends within its limit, if the handler does as it should.
        let turns = Turns::new(options.transaction_timeout().saturating_add(options.busy_timeout()));
        let (writer, file) = Writer::open(options.clone(), turns.clone()).await?;
        let readers = options.path().is_some().then(|| Readers::new(options.clone(), Arc::clone(&file)));
        Ok(Self {
            readers,
            ahead: Ahead::default(),
            pen: Some(Pen { transactions: Transactions::new(options, file, turns), writer }),
        })
    }

    async fn read<T, F>(&self, place: Place, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<T, Error> + Send + 'static,
    {
        match &self.readers {
            Some(readers) => readers.read(place, work).await,
            None => self.write(work).await,
        }
    }

    fn pen(&self) -> Result<&Pen, Error> {
        self.pen.as_ref().ok_or_else(read_only)
    }

    async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<T, Error> + Send + 'static,
    {
        self.pen()?.writer.submit(Call(work)).await
    }
}

/// A filter may have to look at any number of events to find one.
fn place_of(query: &LogQuery) -> Place {
    let is_short = query.limit() <= FIRST_PAGE && read::is_plain(query.filter());
    if is_short { Place::Here } else { Place::Aside }
}

impl std::fmt::Debug for SqliteBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteBackend").finish_non_exhaustive()
    }
}

impl StorageBackend for SqliteBackend {
    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.pen()?.writer.submit(AppendWork(append)).await
    }

    async fn read_stream(&self, stream: &StreamId, query: StreamQuery) -> Result<Vec<RecordedEvent>, Error> {
        let first = query.clone().with_limit(query.limit().min(FIRST_PAGE));
        let key = stream.clone();
        let read = move |connection: &Connection| read::stream(connection, &key, &first, Vec::new());
        let events = self.read(Place::Here, read).await?;
        let left = query.limit().saturating_sub(events.len());
        let Some(last) = events.last().filter(|_| events.len() == FIRST_PAGE && left > 0) else { return Ok(events) };
        let rest = match query.direction() {
            Direction::Forwards => query.clone().from(last.version().next()),
            Direction::Backwards => query.clone().to(Version::new(last.version().value().saturating_sub(1))),
        };
        let (rest, key, mut before) = (rest.with_limit(left), stream.clone(), Some(events));
        let read = move |connection: &Connection| match before.take() {
            Some(before) => read::stream(connection, &key, &rest, before),
            // It is called again, and what was read before is gone: all of it, then.
            None => read::stream(connection, &key, &query, Vec::new()),
        };
        self.read(Place::Aside, read).await
    }

    async fn read_log(&self, query: LogQuery) -> Result<LogPage, Error> {
        self.read(place_of(&query), move |connection| read::log(connection, &query)).await
    }

    async fn read_stream_data(&self, stream: &StreamId, query: StreamQuery) -> Result<DataPage, Error> {
        let place = if query.limit() <= FIRST_PAGE { Place::Here } else { Place::Aside };
        let stream = stream.clone();
        self.read(place, move |connection| data::stream(connection, &stream, &query)).await
    }

    async fn read_log_data(&self, query: LogQuery) -> Result<DataPage, Error> {
        match &self.readers {
            Some(readers) if place_of(&query) == Place::Aside => self.ahead.read(readers, query).await,
            _ => self.read(Place::Here, move |connection| data::log(connection, &query)).await,
        }
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<Version, Error> {
        let stream = stream.clone();
        self.read(Place::Here, move |connection| read::version(connection, &stream)).await
    }

    async fn count(&self, filter: EventFilter) -> Result<u64, Error> {
        self.read(Place::Aside, move |connection| read::count(connection, &filter)).await
    }

    async fn stats(&self) -> Result<StoreStats, Error> {
        self.read(Place::Aside, read::stats).await
    }

    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, Error> {
        let stream = stream.clone();
        self.read(Place::Here, move |connection| snapshot::load(connection, &stream)).await
    }

    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), Error> {
        limits::check_number("version of the snapshot", snapshot.version.value())?;
        self.write(move |connection| snapshot::save(connection, &snapshot)).await
    }

    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), Error> {
        let stream = stream.clone();
        self.write(move |connection| snapshot::delete(connection, &stream)).await
    }

    async fn write_letters(&self, letters: Vec<NewLetter>) -> Result<Vec<LetterId>, Error> {
        for letter in &letters {
            limits::check_number("position of the letter", letter.position.value())?;
        }
        self.write(move |connection| letters::write(connection, &letters)).await
    }

    async fn letters(&self, query: LetterQuery) -> Result<Vec<FailedEvent>, Error> {
        self.read(Place::Aside, move |connection| letters::read(connection, &query)).await
    }

    async fn letter_attempts(&self, id: LetterId) -> Result<Vec<AttemptRecord>, Error> {
        self.read(Place::Here, move |connection| letters::attempts(connection, id)).await
    }

    async fn claim_letters(&self, claim: ClaimLetters) -> Result<Vec<FailedEvent>, Error> {
        self.write(move |connection| letters::claim(connection, &claim)).await
    }

    async fn finish_attempt(&self, attempt: FinishAttempt) -> Result<bool, Error> {
        self.write(move |connection| letters::finish(connection, &attempt)).await
    }

    async fn next_letter_due(&self, handlers: Vec<HandlerName>) -> Result<Option<DateTime<Utc>>, Error> {
        self.read(Place::Here, move |connection| letters::next_due(connection, &handlers)).await
    }

    async fn change_letters(&self, change: LetterChange) -> Result<Vec<LetterId>, Error> {
        self.write(move |connection| letters::change(connection, &change)).await
    }

    async fn purge_letters(&self, purge: LetterPurge) -> Result<u64, Error> {
        self.write(move |connection| letters::purge(connection, &purge)).await
    }

    async fn letter_stats(&self) -> Result<LetterStats, Error> {
        self.read(Place::Aside, letters::stats).await
    }

    async fn operations(&self, limit: usize) -> Result<Vec<Operation>, Error> {
        self.read(Place::Aside, move |connection| operations::newest(connection, limit)).await
    }

    async fn last_operation(&self) -> Result<Option<OperationId>, Error> {
        self.read(Place::Here, operations::last).await
    }

    async fn request(&self, request: NewRequest) -> Result<Option<Operation>, Error> {
        self.write(move |connection| operations::request(connection, &request)).await
    }

    async fn operation(&self, id: OperationId) -> Result<Option<Operation>, Error> {
        self.read(Place::Here, move |connection| operations::get(connection, id)).await
    }

    async fn open_requests(&self) -> Result<Vec<Operation>, Error> {
        self.read(Place::Here, operations::open).await
    }

    async fn claim_request(&self, claim: ClaimRequest) -> Result<Option<Operation>, Error> {
        self.write(move |connection| operations::claim(connection, &claim)).await
    }

    async fn advance_run(&self, advance: AdvanceRun) -> Result<Option<RunStep>, Error> {
        self.write(move |connection| operations::advance(connection, &advance)).await
    }

    async fn run_progress(&self, id: OperationId) -> Result<Option<RunProgress>, Error> {
        self.read(Place::Aside, move |connection| operations::progress(connection, id)).await
    }

    async fn finish_request(&self, finish: FinishRequest) -> Result<bool, Error> {
        self.write(move |connection| operations::finish(connection, &finish)).await
    }

    async fn stop_run(&self, stop: StopRun) -> Result<bool, Error> {
        self.write(move |connection| operations::stop(connection, &stop)).await
    }

    async fn log_end(&self) -> Result<Position, Error> {
        self.read(Place::Here, read::end).await
    }

    async fn register_handlers(&self, register: RegisterHandlers) -> Result<Vec<HandlerRow>, Error> {
        limits::check_declarations(&register.handlers)?;
        self.write(move |connection| delivery::register(connection, &register)).await
    }

    async fn durable_handlers(&self) -> Result<Vec<HandlerRow>, Error> {
        self.read(Place::Aside, delivery::read).await
    }

    async fn parked_keys(&self, handler: &HandlerName) -> Result<Vec<ParkedKey>, Error> {
        let handler = handler.clone();
        self.read(Place::Here, move |connection| delivery::parked(connection, &handler)).await
    }

    async fn change_handler(&self, change: HandlerChange) -> Result<bool, Error> {
        if let HandlerAction::Reset { to } = change.action {
            limits::check_number("position of the handler", to.value())?;
        }
        self.write(move |connection| delivery::change(connection, &change)).await
    }

    async fn beat(&self, beat: Beat) -> Result<Vec<Lane>, Error> {
        self.write(move |connection| delivery::beat(connection, &beat)).await
    }

    async fn processes(&self, now: DateTime<Utc>) -> Result<Vec<ProcessRow>, Error> {
        self.read(Place::Here, move |connection| delivery::processes(connection, now)).await
    }

    async fn end_process(&self, process: ProcessId) -> Result<(), Error> {
        self.write(move |connection| delivery::end_process(connection, &process)).await
    }

    async fn claim_lanes(&self, claim: ClaimLanes) -> Result<Vec<LaneLease>, Error> {
        self.write(move |connection| delivery::claim(connection, &claim)).await
    }

    async fn release_lanes(&self, lanes: Vec<Lane>) -> Result<(), Error> {
        self.write(move |connection| delivery::release(connection, &lanes)).await
    }

    async fn write_lane(&self, write: LaneWrite) -> Result<LaneAnswer, Error> {
        limits::check_lane_write(&write)?;
        self.write(move |connection| delivery::write(connection, &write)).await
    }

    async fn begin(&self) -> Result<Box<dyn LaneTransaction>, Error> {
        self.pen()?.transactions.begin().await
    }

    async fn backup_to(&self, path: &Path) -> Result<(), Error> {
        let to = path.to_owned();
        let Some(readers) = &self.readers else {
            let copy = move |options: &SqliteOptions| {
                backup::write_memory(&open_beside_memory(options).map_err(store_error)?, &to)
            };
            return self.pen()?.transactions.in_turn(copy).await;
        };
        readers.read(Place::Aside, move |connection| backup::write(connection, &to)).await
    }

    async fn close(&self) -> Result<(), Error> {
        if let Some(pen) = &self.pen {
            pen.transactions.close();
        }
        // The readers go first: the last connection of the file moves its log of changes into it.
        if let Some(readers) = &self.readers {
            readers.close().await;
        }
        match &self.pen {
            Some(pen) => pen.writer.close().await,
            None => Ok(()),
        }
    }
}
