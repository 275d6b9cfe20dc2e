//! The backend: which work goes where.

use std::any::Any;
use std::ops::ControlFlow;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::runtime::Handle;

use super::appender::Appender;
use super::delivery::Transactions;
use super::error::{closed, store_error};
use super::hints::Hints;
use super::link::{Link, Links, Purpose, reading, writing};
use super::log_end::Seen;
use super::statements::Statements;
use super::{PostgresOptions, data, delivery, join, letters, log_end, operations, read, schema, server, snapshot};
use crate::error::{Error, ErrorKind};
use crate::event::RecordedEvent;
use crate::id::{HandlerName, Position, ProcessId, StreamId, Version};
use crate::store::{
    AdvanceRun, Append, AppendError, Appended, AttemptRecord, Beat, ClaimLanes, ClaimLetters, ClaimRequest, DataPage,
    EventFilter, FailedEvent, FinishAttempt, FinishRequest, HandlerAction, HandlerChange, HandlerRow, HeldBack, Lane,
    LaneAnswer, LaneLease, LaneTransaction, LaneWrite, LetterChange, LetterId, LetterPurge, LetterQuery, LetterStats,
    LogPage, LogQuery, NewLetter, NewRequest, Operation, OperationId, ParkedKey, ProcessRow, RegisterHandlers,
    RunProgress, RunStep, Snapshot, StopRun, StorageBackend, StoreStats, StreamQuery, limits,
};

/// A [`StorageBackend`] in a PostgreSQL database.
///
/// ```
/// use events::EventStore;
/// use events::store::{PostgresBackend, PostgresOptions};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let options = PostgresOptions::new("postgres://app@127.0.0.1:1/shop")?.with_read_connections(8);
/// match PostgresBackend::open(options).await {
///     Ok(backend) => println!("{} events", EventStore::new(backend).stats().await?.events),
///     Err(error) => assert!(error.is_unavailable(), "nobody listens on port 1"),
/// }
/// # Ok(())
/// # }
/// ```
pub struct PostgresBackend {
    core: Arc<Core>,
    appender: Arc<Appender>,
    hints: Arc<Hints>,
    transactions: Transactions,
}

/// What work on a connection needs.
struct Core {
    statements: Arc<Statements>,
    seen: Arc<Seen>,
    links: Arc<Links>,
}

/// Reads on a connection, in a task of its own.
macro_rules! read {
    ($backend:ident, |$core:ident, $link:ident| $work:expr) => {{
        let $core = Arc::clone(&$backend.core);
        alone(async move { reading!($core.links, $link => $work) }).await
    }};
}

/// Writes on a connection, in a task of its own.
macro_rules! write {
    ($backend:ident, |$core:ident, $link:ident| $work:expr) => {{
        let $core = Arc::clone(&$backend.core);
        alone(async move { writing!($core.links, $link => $work) }).await
    }};
}

impl PostgresBackend {
    /// Connects, and makes the store's tables if they aren't there, unless the options say
    /// [`read_only`](PostgresOptions::read_only).
    ///
    /// # Errors
    /// If the server can't be reached, is a standby, or older than PostgreSQL 13; the database isn't
    /// UTF-8; the schema holds something else than an event store (nothing of it is changed then), or
    /// was written by a newer version of this program.
    pub async fn open(options: PostgresOptions) -> Result<Self, Error> {
        let options = Arc::new(options);
        let mut link = Link::connect(&options, Purpose::General).await.map_err(store_error)?;
        server::check(&mut link.connection).await?;
        if options.is_read_only() {
            schema::look_to_read(&mut link.connection, options.schema()).await?;
        } else {
            schema::ensure(&mut link.connection, options.schema()).await?;
        }
        server::check_positions(&mut link.connection, options.schema()).await?;
        let statements = Arc::new(Statements::new(options.schema()));
        let seen = Arc::new(Seen::default());
        let transactions = Transactions::new(&options, Arc::clone(&statements));
        let links = Arc::new(Links::new(Arc::clone(&options), link));
        let hints = Hints::new(&options, Arc::clone(&statements), Arc::clone(&links));
        let appender = Appender::new(options, Arc::clone(&statements), Arc::clone(&seen), Arc::clone(&hints));
        Ok(Self { core: Arc::new(Core { statements, seen, links }), appender, hints, transactions })
    }
}

impl std::fmt::Debug for PostgresBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresBackend").finish_non_exhaustive()
    }
}

impl StorageBackend for PostgresBackend {
    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.core.links.check_writable()?;
        self.appender.append(append).await
    }

    async fn append_in(&self, transaction: &mut (dyn Any + Send), append: Append) -> Result<Appended, AppendError> {
        self.core.links.check_writable()?;
        let appended = join::append(join::connection(transaction)?, &self.core.statements, &append).await?;
        self.hints.written();
        Ok(appended)
    }

    async fn read_stream(&self, stream: &StreamId, query: StreamQuery) -> Result<Vec<RecordedEvent>, Error> {
        let stream = stream.clone();
        read!(self, |core, link| read::stream(link, &core.statements, &stream, &query))
    }

    async fn read_log(&self, query: LogQuery) -> Result<LogPage, Error> {
        read!(self, |core, link| read::log(link, &core.statements, &core.seen, &query))
    }

    async fn read_stream_data(&self, stream: &StreamId, query: StreamQuery) -> Result<DataPage, Error> {
        let stream = stream.clone();
        read!(self, |core, link| data::stream(link, &core.statements, &stream, &query))
    }

    async fn read_log_data(&self, query: LogQuery) -> Result<DataPage, Error> {
        read!(self, |core, link| data::log(link, &core.statements, &core.seen, &query))
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<Version, Error> {
        let stream = stream.clone();
        read!(self, |core, link| read::version(link, &core.statements, &stream))
    }

    async fn count(&self, filter: EventFilter) -> Result<u64, Error> {
        read!(self, |core, link| read::count(link, &core.statements, &filter))
    }

    async fn stats(&self) -> Result<StoreStats, Error> {
        read!(self, |core, link| read::stats(link, &core.statements, &core.seen))
    }

    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, Error> {
        let stream = stream.clone();
        read!(self, |core, link| snapshot::load(link, &core.statements, &stream))
    }

    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), Error> {
        write!(self, |core, link| snapshot::save(&mut link.connection, &core.statements, &snapshot))
    }

    async fn save_snapshot_in(&self, transaction: &mut (dyn Any + Send), snapshot: Snapshot) -> Result<(), Error> {
        self.core.links.check_writable()?;
        let connection = join::connection(transaction)?;
        Ok(snapshot::save(connection, &self.core.statements, &snapshot).await?)
    }

    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), Error> {
        let stream = stream.clone();
        write!(self, |core, link| snapshot::delete(link, &core.statements, &stream))
    }

    async fn write_letters(&self, letters: Vec<NewLetter>) -> Result<Vec<LetterId>, Error> {
        for letter in &letters {
            limits::check_number("position of the letter", letter.position.value())?;
        }
        write!(self, |core, link| letters::write(link, &core.statements, &letters))
    }

    async fn letters(&self, query: LetterQuery) -> Result<Vec<FailedEvent>, Error> {
        read!(self, |core, link| letters::read(link, &core.statements, &query))
    }

    async fn letter_attempts(&self, id: LetterId) -> Result<Vec<AttemptRecord>, Error> {
        read!(self, |core, link| letters::attempts(link, &core.statements, id))
    }

    async fn claim_letters(&self, claim: ClaimLetters) -> Result<Vec<FailedEvent>, Error> {
        write!(self, |core, link| letters::claim(link, &core.statements, &claim))
    }

    async fn finish_attempt(&self, attempt: FinishAttempt) -> Result<bool, Error> {
        write!(self, |core, link| letters::finish(link, &core.statements, &attempt))
    }

    async fn next_letter_due(&self, handlers: Vec<HandlerName>) -> Result<Option<DateTime<Utc>>, Error> {
        read!(self, |core, link| letters::next_due(link, &core.statements, &handlers))
    }

    async fn change_letters(&self, change: LetterChange) -> Result<Vec<LetterId>, Error> {
        write!(self, |core, link| letters::change(link, &core.statements, &change))
    }

    async fn purge_letters(&self, purge: LetterPurge) -> Result<u64, Error> {
        write!(self, |core, link| letters::purge(link, &core.statements, &purge))
    }

    async fn letter_stats(&self) -> Result<LetterStats, Error> {
        read!(self, |core, link| letters::stats(link, &core.statements))
    }

    async fn operations(&self, limit: usize) -> Result<Vec<Operation>, Error> {
        read!(self, |core, link| operations::newest(link, &core.statements, limit))
    }

    async fn last_operation(&self) -> Result<Option<OperationId>, Error> {
        read!(self, |core, link| operations::last(link, &core.statements))
    }

    async fn request(&self, request: NewRequest) -> Result<Option<Operation>, Error> {
        write!(self, |core, link| operations::request(link, &core.statements, &request))
    }

    async fn operation(&self, id: OperationId) -> Result<Option<Operation>, Error> {
        read!(self, |core, link| operations::get(link, &core.statements, id))
    }

    async fn open_requests(&self) -> Result<Vec<Operation>, Error> {
        read!(self, |core, link| operations::open(link, &core.statements))
    }

    async fn claim_request(&self, claim: ClaimRequest) -> Result<Option<Operation>, Error> {
        write!(self, |core, link| operations::claim(link, &core.statements, &claim))
    }

    async fn advance_run(&self, advance: AdvanceRun) -> Result<Option<RunStep>, Error> {
        write!(self, |core, link| operations::advance(link, &core.statements, &advance))
    }

    async fn run_progress(&self, id: OperationId) -> Result<Option<RunProgress>, Error> {
        read!(self, |core, link| operations::progress(link, &core.statements, id))
    }

    async fn finish_request(&self, finish: FinishRequest) -> Result<bool, Error> {
        write!(self, |core, link| operations::finish(link, &core.statements, &finish))
    }

    async fn stop_run(&self, stop: StopRun) -> Result<bool, Error> {
        write!(self, |core, link| operations::stop(link, &core.statements, &stop))
    }

    async fn log_end(&self) -> Result<Position, Error> {
        let end: Result<_, Error> = read!(self, |core, link| log_end::log_end(link, &core.statements, &core.seen));
        Ok(end?.decided)
    }

    async fn log_hint(&self, heard: u64) -> u64 {
        self.hints.hear(heard).await
    }

    async fn held_back(&self) -> Result<Option<HeldBack>, Error> {
        read!(self, |core, link| log_end::held_back(link, &core.statements, &core.seen))
    }

    async fn register_handlers(&self, register: RegisterHandlers) -> Result<Vec<HandlerRow>, Error> {
        limits::check_declarations(&register.handlers)?;
        write!(self, |core, link| delivery::register(link, &core.statements, &core.seen, &register))
    }

    async fn durable_handlers(&self) -> Result<Vec<HandlerRow>, Error> {
        read!(self, |core, link| delivery::read(link, &core.statements))
    }

    async fn parked_keys(&self, handler: &HandlerName) -> Result<Vec<ParkedKey>, Error> {
        let handler = handler.clone();
        read!(self, |core, link| delivery::parked_keys(link, &core.statements, &handler))
    }

    async fn change_handler(&self, change: HandlerChange) -> Result<bool, Error> {
        if let HandlerAction::Reset { to } = change.action {
            limits::check_number("position of the handler", to.value())?;
        }
        write!(self, |core, link| delivery::change(link, &core.statements, &change))
    }

    async fn beat(&self, beat: Beat) -> Result<Vec<Lane>, Error> {
        write!(self, |core, link| delivery::beat(link, &core.statements, &beat))
    }

    async fn processes(&self, now: DateTime<Utc>) -> Result<Vec<ProcessRow>, Error> {
        read!(self, |core, link| delivery::processes(link, &core.statements, now))
    }

    async fn end_process(&self, process: ProcessId) -> Result<(), Error> {
        write!(self, |core, link| delivery::end_process(link, &core.statements, &process))
    }

    async fn claim_lanes(&self, claim: ClaimLanes) -> Result<Vec<LaneLease>, Error> {
        write!(self, |core, link| delivery::claim(link, &core.statements, &claim))
    }

    async fn release_lanes(&self, lanes: Vec<Lane>) -> Result<(), Error> {
        write!(self, |core, link| delivery::release(link, &core.statements, &lanes))
    }

    async fn write_lane(&self, write: LaneWrite) -> Result<LaneAnswer, Error> {
        limits::check_lane_write(&write)?;
        write!(self, |core, link| delivery::write_alone(link, &core.statements, &write))
    }

    async fn write_lane_in(&self, transaction: &mut (dyn Any + Send), write: LaneWrite) -> Result<LaneAnswer, Error> {
        self.core.links.check_writable()?;
        limits::check_lane_write(&write)?;
        Ok(delivery::write_within(join::connection(transaction)?, &self.core.statements, &write).await?)
    }

    async fn begin(&self) -> Result<Box<dyn LaneTransaction>, Error> {
        self.core.links.check_writable()?;
        Ok(Box::new(self.transactions.begin().await?))
    }

    async fn close(&self) -> Result<(), Error> {
        self.transactions.close().await;
        self.appender.close().await;
        self.hints.close().await;
        self.core.links.close().await;
        Ok(())
    }
}

/// Does the work in a task of its own, so that it goes on while nobody polls the caller's future:
/// callers that wait for something else in between would keep connections from each other.
async fn alone<T: Send + 'static>(work: impl Future<Output = Result<T, Error>> + Send + 'static) -> Result<T, Error> {
    let Ok(runtime) = Handle::try_current() else {
        return Err(Error::new(ErrorKind::Unsupported, "the PostgreSQL store needs a tokio runtime"));
    };
    match runtime.spawn(work).await {
        Ok(done) => done,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Error::new(ErrorKind::Unavailable, "the work was stopped with its runtime")),
        },
    }
}
