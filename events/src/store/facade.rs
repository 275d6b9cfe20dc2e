//! The store as programs use it.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::erased::ErasedBackend;
use super::{
    Append, AppendError, Appended, DataPage, Direction, EventFilter, HeldBack, LaneTransaction, LogPage, LogQuery,
    MemoryBackend, Snapshot, StorageBackend, StoreStats, StreamQuery, limits,
};
use crate::clock::{self, Clock, SystemClock};
use crate::error::Error;
use crate::event::RecordedEvent;
use crate::handler::BoxFuture;
use crate::id::{StreamId, Version};

/// How many events are read at once.
pub(crate) const PAGE: usize = 1_000;
/// How many events of a stream are read at first: so few that a backend reads them at once.
pub(crate) const FIRST_PAGE: usize = 128;

/// The event store: append, read, count. Cheap to clone; all clones are one store.
///
/// ```
/// use events::store::EventFilter;
/// use events::EventStore;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let store = EventStore::memory();
/// assert_eq!(store.count(EventFilter::new()).await?, 0);
/// store.close().await?;
/// assert!(store.count(EventFilter::new()).await.unwrap_err().is_unavailable());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct EventStore {
    backend: Arc<dyn ErasedBackend>,
    clock: Arc<dyn Clock>,
    kind: &'static str,
}

impl EventStore {
    /// A store on a backend of your own.
    #[must_use]
    pub fn new<B: StorageBackend>(backend: B) -> Self {
        Self { backend: Arc::new(backend), clock: Arc::new(SystemClock), kind: std::any::type_name::<B>() }
    }

    /// A store in memory: for tests, and for programs that need no past. Gone with the process.
    #[must_use]
    pub fn memory() -> Self {
        Self::new(MemoryBackend::new())
    }

    /// A store in an SQLite file, which is made if it isn't there. Every commit reaches the disk
    /// before it is acknowledged.
    ///
    /// # Errors
    /// If the file can't be opened, is no event store, or was written by a newer version.
    ///
    /// # Examples
    /// ```
    /// use events::EventStore;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("app.db");
    /// let store = EventStore::sqlite(&path).await?;
    /// assert_eq!(store.stats().await?.events, 0);
    /// store.close().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "sqlite")]
    pub async fn sqlite(path: impl AsRef<std::path::Path>) -> Result<Self, Error> {
        super::SqliteBackend::open(super::SqliteOptions::new(path.as_ref())).await.map(Self::new)
    }

    /// A store in a PostgreSQL database, by its URL. Its tables are in the schema `events`, and are
    /// made if they aren't there.
    ///
    /// # Errors
    /// If the server can't be reached or isn't fit for it, or the schema holds something else, or was
    /// written by a newer version.
    ///
    /// # Examples
    /// ```
    /// use events::EventStore;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// match EventStore::postgres("postgres://app:secret@127.0.0.1:1/shop?sslmode=disable").await {
    ///     Ok(store) => println!("{store:?} is open"),
    ///     Err(error) if error.is_unavailable() => println!("try again later: {error}"),
    ///     Err(error) => panic!("{error:?}"),
    /// }
    /// # }
    /// ```
    #[cfg(feature = "postgres")]
    pub async fn postgres(url: &str) -> Result<Self, Error> {
        super::PostgresBackend::open(super::PostgresOptions::new(url)?).await.map(Self::new)
    }

    /// Takes the time from another clock: that of recording, and what aggregates call now.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Appends a commit: all of it, or nothing.
    ///
    /// # Errors
    /// [`AppendError`] says what was refused and why; nothing was written then.
    ///
    /// # Cancel safety
    /// A dropped future has written the whole commit or nothing of it.
    ///
    /// # Examples
    /// ```
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(aggregate = "counter")]
    /// # struct Counted { #[event(id)] counter: u64, by: u32 }
    /// use events::store::{Append, ExpectedVersion, NewEvent};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = EventStore::memory();
    /// let event = Counted { counter: 7, by: 3 };
    /// let metadata = EventMetadata::new(&event, &Context::new());
    /// let stream = metadata.stream().clone();
    /// let append = Append::new().event(NewEvent::new(&event, metadata)?);
    /// store.append(append.expect(stream.clone(), ExpectedVersion::NoStream)).await?;
    /// assert_eq!(store.stream_version(&stream).await?, Version::new(1));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        limits::check(&append)?;
        self.backend.append(append.at(clock::cut(self.clock.now()))).await
    }

    /// Appends in a transaction that the backend has lent.
    pub(crate) async fn append_lent(
        &self,
        transaction: &mut dyn LaneTransaction,
        append: Append,
    ) -> Result<Appended, AppendError> {
        limits::check(&append)?;
        transaction.append(append.at(clock::cut(self.clock.now()))).await
    }

    /// Reads a stream; a missing stream has no events.
    ///
    /// # Errors
    /// If the store can't be read, or holds something that isn't an event.
    ///
    /// # Examples
    /// ```
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(aggregate = "counter")]
    /// # struct Counted { #[event(id)] counter: u64, by: u32 }
    /// # use events::store::{Append, NewEvent};
    /// # fn counted(by: u32) -> Append {
    /// #     let event = Counted { counter: 7, by };
    /// #     let metadata = EventMetadata::new(&event, &Context::new());
    /// #     Append::new().event(NewEvent::new(&event, metadata).expect("a few numbers"))
    /// # }
    /// use events::store::StreamQuery;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let store = EventStore::memory();
    /// # for by in 1..=3 {
    /// #     store.append(counted(by)).await?;
    /// # }
    /// let stream = StreamId::new("counter", &7_u64);
    /// let newest = store.read_stream(&stream, StreamQuery::new().backwards().with_limit(1)).await?;
    /// assert_eq!(newest[0].version(), Version::new(3));
    /// assert_eq!(newest[0].decode::<Counted>()?.by, 3);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn read_stream(&self, stream: &StreamId, query: StreamQuery) -> Result<Vec<RecordedEvent>, Error> {
        let mut events = Vec::new();
        let mut rest = query;
        loop {
            let page = self.stream_page(stream, &rest).await?;
            let last = page.last().map(RecordedEvent::version);
            let (read, full) = (page.len(), page.len() == PAGE);
            if events.is_empty() {
                events = page;
            } else {
                events.extend(page);
            }
            let left = rest.limit().saturating_sub(read);
            rest = match last {
                Some(last) if full && left > 0 => after(rest, last).with_limit(left),
                _ => return Ok(events),
            };
        }
    }

    /// Reads at most one page of a stream.
    pub(crate) async fn stream_page(
        &self,
        stream: &StreamId,
        query: &StreamQuery,
    ) -> Result<Vec<RecordedEvent>, Error> {
        self.backend.read_stream(stream, query.clone().with_limit(query.limit().min(PAGE))).await
    }

    /// Reads a page of a stream without metadata.
    pub(crate) fn stream_data<'a>(
        &'a self,
        stream: &'a StreamId,
        query: StreamQuery,
    ) -> BoxFuture<'a, Result<DataPage, Error>> {
        self.backend.read_stream_data(stream, query)
    }

    /// Reads a page of the log, of at most 1,000 events.
    ///
    /// # Errors
    /// If the store can't be read, or holds something that isn't an event.
    ///
    /// # Examples
    /// ```
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(aggregate = "counter")]
    /// # struct Counted { #[event(id)] counter: u64, by: u32 }
    /// # use events::store::{Append, NewEvent};
    /// # fn counted(by: u32) -> Append {
    /// #     let event = Counted { counter: 7, by };
    /// #     let metadata = EventMetadata::new(&event, &Context::new());
    /// #     Append::new().event(NewEvent::new(&event, metadata).expect("a few numbers"))
    /// # }
    /// use events::store::LogQuery;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let store = EventStore::memory();
    /// # for by in 1..=3 {
    /// #     store.append(counted(by)).await?;
    /// # }
    /// let (mut query, mut total) = (LogQuery::new().with_limit(2), 0);
    /// loop {
    ///     let page = store.read_log(query.clone()).await?;
    ///     for event in page.events() {
    ///         total += event.decode::<Counted>()?.by;
    ///     }
    ///     let Some(last) = page.next() else { break };
    ///     query = query.after(last);
    /// }
    /// assert_eq!(total, 6);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn read_log(&self, query: LogQuery) -> Result<LogPage, Error> {
        let limit = query.limit().min(PAGE);
        self.backend.read_log(query.with_limit(limit)).await
    }

    /// Reads a page of the log, of at most 1,000 events, without their metadata: twice as fast, for
    /// building something from all of history. [`DataPage`] shows how.
    ///
    /// # Errors
    /// If the store can't be read, or holds something that isn't an event.
    pub async fn read_log_data(&self, query: LogQuery) -> Result<DataPage, Error> {
        let limit = query.limit().min(PAGE);
        self.backend.read_log_data(query.with_limit(limit)).await
    }

    /// The version of a stream's last event; [`Version::ZERO`] if it has none.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn stream_version(&self, stream: &StreamId) -> Result<Version, Error> {
        self.backend.stream_version(stream).await
    }

    /// How many events match.
    ///
    /// # Errors
    /// If the store can't be read.
    ///
    /// # Examples
    /// ```
    /// use events::EventStore;
    /// use events::store::EventFilter;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), events::Error> {
    /// # let store = EventStore::memory();
    /// let payments = store.count(EventFilter::new().name("payment_processed").aggregate("subscription")).await?;
    /// assert_eq!(payments, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn count(&self, filter: EventFilter) -> Result<u64, Error> {
        self.backend.count(filter).await
    }

    /// Counts of what the store holds: see [`StoreStats`].
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn stats(&self) -> Result<StoreStats, Error> {
        self.backend.stats().await
    }

    /// The newest snapshot of a stream.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, Error> {
        self.backend.load_snapshot(stream).await
    }

    /// Keeps a snapshot instead of an older one; one of a lower version stays out, unless the
    /// fingerprints differ.
    ///
    /// # Errors
    /// If the store can't be written.
    pub async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), Error> {
        self.backend.save_snapshot(snapshot).await
    }

    /// The open transaction for which readers of the log have to wait, if there is one.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn held_back(&self) -> Result<Option<HeldBack>, Error> {
        self.backend.held_back().await
    }

    /// Forgets the snapshot of a stream; the next load replays all its events.
    ///
    /// # Errors
    /// If the store can't be written.
    pub async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), Error> {
        self.backend.delete_snapshot(stream).await
    }

    /// Finishes what is under way and lets go of the database. Calls after it are refused.
    ///
    /// # Errors
    /// If the last writes fail.
    pub async fn close(&self) -> Result<(), Error> {
        self.backend.close().await
    }

    pub(crate) fn backend(&self) -> &dyn ErasedBackend {
        &*self.backend
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }
}

/// The same query, going on after an event.
fn after(query: StreamQuery, last: Version) -> StreamQuery {
    match query.direction() {
        Direction::Forwards => query.from(last.next()),
        Direction::Backwards => query.to(Version::new(last.value().saturating_sub(1))),
    }
}

impl fmt::Debug for EventStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStore").field("backend", &self.kind).finish_non_exhaustive()
    }
}
