//! The backend: which work goes where.

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::append::AppendWork;
use super::job::Call;
use super::readers::{Place, Readers};
use super::writer::Writer;
use super::{SqliteOptions, letters, read, snapshot};
use crate::error::Error;
use crate::event::RecordedEvent;
use crate::id::{HandlerName, StreamId, Version};
use crate::store::{
    Append, AppendError, Appended, AttemptRecord, ClaimLetters, Direction, EventFilter, FailedEvent, FinishAttempt,
    LetterChange, LetterId, LetterQuery, LetterStats, LetterStatus, LogPage, LogQuery, NewLetter, Operation, Snapshot,
    StorageBackend, StoreStats, StreamQuery, limits,
};

/// How many events are read on the caller's thread; what follows them is read aside.
const IN_PLACE: usize = 128;

/// A [`StorageBackend`] in an SQLite file.
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
    writer: Writer,
    /// None for a database in memory, which has the one connection only.
    readers: Option<Readers>,
}

impl SqliteBackend {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// If the file can't be opened; is no SQLite database, or one of another application (nothing
    /// of it is changed then); or was written by a newer version of this program.
    pub async fn open(options: SqliteOptions) -> Result<Self, Error> {
        let options = options.absolute()?;
        let (writer, file) = Writer::open(options.clone()).await?;
        let readers = options.path().is_some().then(|| Readers::new(options, file));
        Ok(Self { writer, readers })
    }

    async fn read<T, F>(&self, place: Place, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<T, Error> + Send + 'static,
    {
        match &self.readers {
            Some(readers) => readers.read(place, work).await,
            None => self.writer.submit(Call(work)).await,
        }
    }

    async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<T, Error> + Send + 'static,
    {
        self.writer.submit(Call(work)).await
    }
}

impl std::fmt::Debug for SqliteBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteBackend").finish_non_exhaustive()
    }
}

impl StorageBackend for SqliteBackend {
    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.writer.submit(AppendWork(append)).await
    }

    async fn read_stream(&self, stream: &StreamId, query: StreamQuery) -> Result<Vec<RecordedEvent>, Error> {
        let first = query.clone().with_limit(query.limit().min(IN_PLACE));
        let key = stream.clone();
        let read = move |connection: &Connection| read::stream(connection, &key, &first, Vec::new());
        let events = self.read(Place::Here, read).await?;
        let left = query.limit().saturating_sub(events.len());
        let Some(last) = events.last().filter(|_| events.len() == IN_PLACE && left > 0) else { return Ok(events) };
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
        // A filter may have to look at any number of events to find one.
        let short = query.limit() <= IN_PLACE && read::is_plain(query.filter());
        let place = if short { Place::Here } else { Place::Aside };
        self.read(place, move |connection| read::log(connection, &query)).await
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

    async fn purge_letters(&self, status: LetterStatus, before: DateTime<Utc>) -> Result<u64, Error> {
        self.write(move |connection| letters::purge(connection, status, before)).await
    }

    async fn letter_stats(&self) -> Result<LetterStats, Error> {
        self.read(Place::Aside, letters::stats).await
    }

    async fn operations(&self, limit: usize) -> Result<Vec<Operation>, Error> {
        self.read(Place::Aside, move |connection| letters::operations(connection, limit)).await
    }

    async fn close(&self) -> Result<(), Error> {
        // The readers go first: the last connection of the file moves its log of changes into it.
        if let Some(readers) = &self.readers {
            readers.close().await;
        }
        self.writer.close().await
    }
}
