//! The backend: which work goes where.

use std::any::Any;
use std::ops::ControlFlow;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::appender::Appender;
use super::delivery::Transactions;
use super::error::{closed, store_error};
use super::link::{Link, Links, Purpose, reading, writing};
use super::log_end::Seen;
use super::statements::Statements;
use super::{PostgresOptions, delivery, join, letters, log_end, read, schema, server, snapshot};
use crate::error::Error;
use crate::event::RecordedEvent;
use crate::id::{HandlerName, Position, ProcessId, StreamId, Version};
use crate::store::{
    Append, AppendError, Appended, AttemptRecord, Beat, ClaimLanes, ClaimLetters, EventFilter, FailedEvent,
    FinishAttempt, HandlerAction, HandlerChange, HandlerRow, HeldBack, Lane, LaneAnswer, LaneLease, LaneTransaction,
    LaneWrite, LetterChange, LetterId, LetterQuery, LetterStats, LetterStatus, LogPage, LogQuery, NewLetter, Operation,
    ParkedKey, ProcessRow, RegisterHandlers, Snapshot, StorageBackend, StoreStats, StreamQuery, limits,
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
    statements: Arc<Statements>,
    seen: Arc<Seen>,
    appender: Arc<Appender>,
    links: Links,
    transactions: Transactions,
}

impl PostgresBackend {
    /// Connects, and makes the store's tables if they aren't there.
    ///
    /// # Errors
    /// If the server can't be reached, is a standby, or older than PostgreSQL 13; the database isn't
    /// UTF-8; the schema holds something else than an event store (nothing of it is changed then), or
    /// was written by a newer version of this program.
    pub async fn open(options: PostgresOptions) -> Result<Self, Error> {
        let options = Arc::new(options);
        let mut link = Link::connect(&options, Purpose::General).await.map_err(store_error)?;
        server::check(&mut link.connection).await?;
        schema::ensure(&mut link.connection, options.schema()).await?;
        server::check_positions(&mut link.connection, options.schema()).await?;
        let statements = Arc::new(Statements::new(options.schema()));
        let seen = Arc::new(Seen::default());
        let appender = Appender::new(Arc::clone(&options), Arc::clone(&statements), Arc::clone(&seen));
        let transactions = Transactions::new(&options, Arc::clone(&statements));
        Ok(Self { statements, seen, appender, links: Links::new(options, link), transactions })
    }
}

impl std::fmt::Debug for PostgresBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresBackend").finish_non_exhaustive()
    }
}

impl StorageBackend for PostgresBackend {
    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.appender.append(append).await
    }

    async fn append_in(&self, transaction: &mut (dyn Any + Send), append: Append) -> Result<Appended, AppendError> {
        join::append(join::connection(transaction)?, &self.statements, &append).await
    }

    async fn read_stream(&self, stream: &StreamId, query: StreamQuery) -> Result<Vec<RecordedEvent>, Error> {
        reading!(self.links, link => read::stream(link, &self.statements, stream, &query))
    }

    async fn read_log(&self, query: LogQuery) -> Result<LogPage, Error> {
        reading!(self.links, link => read::log(link, &self.statements, &self.seen, &query))
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<Version, Error> {
        reading!(self.links, link => read::version(link, &self.statements, stream))
    }

    async fn count(&self, filter: EventFilter) -> Result<u64, Error> {
        reading!(self.links, link => read::count(link, &self.statements, &filter))
    }

    async fn stats(&self) -> Result<StoreStats, Error> {
        reading!(self.links, link => read::stats(link, &self.statements, &self.seen))
    }

    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, Error> {
        reading!(self.links, link => snapshot::load(link, &self.statements, stream))
    }

    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), Error> {
        writing!(self.links, link => snapshot::save(&mut link.connection, &self.statements, &snapshot))
    }

    async fn save_snapshot_in(&self, transaction: &mut (dyn Any + Send), snapshot: Snapshot) -> Result<(), Error> {
        let connection = join::connection(transaction)?;
        Ok(snapshot::save(connection, &self.statements, &snapshot).await?)
    }

    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), Error> {
        writing!(self.links, link => snapshot::delete(link, &self.statements, stream))
    }

    async fn write_letters(&self, letters: Vec<NewLetter>) -> Result<Vec<LetterId>, Error> {
        for letter in &letters {
            limits::check_number("position of the letter", letter.position.value())?;
        }
        writing!(self.links, link => letters::write(link, &self.statements, &letters))
    }

    async fn letters(&self, query: LetterQuery) -> Result<Vec<FailedEvent>, Error> {
        reading!(self.links, link => letters::read(link, &self.statements, &query))
    }

    async fn letter_attempts(&self, id: LetterId) -> Result<Vec<AttemptRecord>, Error> {
        reading!(self.links, link => letters::attempts(link, &self.statements, id))
    }

    async fn claim_letters(&self, claim: ClaimLetters) -> Result<Vec<FailedEvent>, Error> {
        writing!(self.links, link => letters::claim(link, &self.statements, &claim))
    }

    async fn finish_attempt(&self, attempt: FinishAttempt) -> Result<bool, Error> {
        writing!(self.links, link => letters::finish(link, &self.statements, &attempt))
    }

    async fn next_letter_due(&self, handlers: Vec<HandlerName>) -> Result<Option<DateTime<Utc>>, Error> {
        reading!(self.links, link => letters::next_due(link, &self.statements, &handlers))
    }

    async fn change_letters(&self, change: LetterChange) -> Result<Vec<LetterId>, Error> {
        writing!(self.links, link => letters::change(link, &self.statements, &change))
    }

    async fn purge_letters(&self, status: LetterStatus, before: DateTime<Utc>) -> Result<u64, Error> {
        writing!(self.links, link => letters::purge(link, &self.statements, status, before))
    }

    async fn letter_stats(&self) -> Result<LetterStats, Error> {
        reading!(self.links, link => letters::stats(link, &self.statements))
    }

    async fn operations(&self, limit: usize) -> Result<Vec<Operation>, Error> {
        reading!(self.links, link => letters::operations(link, &self.statements, limit))
    }

    async fn log_end(&self) -> Result<Position, Error> {
        let end: Result<_, Error> = reading!(self.links, link => log_end::log_end(link, &self.statements, &self.seen));
        Ok(end?.decided)
    }

    async fn held_back(&self) -> Result<Option<HeldBack>, Error> {
        reading!(self.links, link => log_end::held_back(link, &self.statements, &self.seen))
    }

    async fn register_handlers(&self, register: RegisterHandlers) -> Result<Vec<HandlerRow>, Error> {
        limits::check_declarations(&register.handlers)?;
        writing!(self.links, link => delivery::register(link, &self.statements, &self.seen, &register))
    }

    async fn durable_handlers(&self) -> Result<Vec<HandlerRow>, Error> {
        reading!(self.links, link => delivery::read(link, &self.statements))
    }

    async fn parked_keys(&self, handler: &HandlerName) -> Result<Vec<ParkedKey>, Error> {
        reading!(self.links, link => delivery::parked_keys(link, &self.statements, handler))
    }

    async fn change_handler(&self, change: HandlerChange) -> Result<bool, Error> {
        if let HandlerAction::Reset { to } = change.action {
            limits::check_number("position of the handler", to.value())?;
        }
        writing!(self.links, link => delivery::change(link, &self.statements, &change))
    }

    async fn beat(&self, beat: Beat) -> Result<Vec<Lane>, Error> {
        writing!(self.links, link => delivery::beat(link, &self.statements, &beat))
    }

    async fn processes(&self, now: DateTime<Utc>) -> Result<Vec<ProcessRow>, Error> {
        reading!(self.links, link => delivery::processes(link, &self.statements, now))
    }

    async fn end_process(&self, process: ProcessId) -> Result<(), Error> {
        writing!(self.links, link => delivery::end_process(link, &self.statements, &process))
    }

    async fn claim_lanes(&self, claim: ClaimLanes) -> Result<Vec<LaneLease>, Error> {
        writing!(self.links, link => delivery::claim(link, &self.statements, &claim))
    }

    async fn release_lanes(&self, lanes: Vec<Lane>) -> Result<(), Error> {
        writing!(self.links, link => delivery::release(link, &self.statements, &lanes))
    }

    async fn write_lane(&self, write: LaneWrite) -> Result<LaneAnswer, Error> {
        limits::check_lane_write(&write)?;
        writing!(self.links, link => delivery::write_alone(link, &self.statements, &write))
    }

    async fn begin(&self) -> Result<Box<dyn LaneTransaction>, Error> {
        Ok(Box::new(self.transactions.begin().await?))
    }

    async fn close(&self) -> Result<(), Error> {
        self.transactions.close().await;
        self.appender.close().await;
        self.links.close().await;
        Ok(())
    }
}
