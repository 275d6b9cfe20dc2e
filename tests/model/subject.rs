//! A store under test: does what a command says and answers in the form of the reference.

mod letters;

use std::sync::Arc;

use events::event::Recording;
use events::prelude::*;
use events::store::{
    Append, AppendError, Appended, EventFilter, LetterId, LogQuery, MemoryBackend, PostgresBackend, SqliteBackend,
    SqliteOptions, StorageBackend, StreamQuery, Synchronous,
};
use events::testing::ManualClock;
use events::{Error, Position};
use events_tests::postgres::Scratch;
use tempfile::TempDir;

use crate::answer::{Answer, Refused, Seen};
use crate::backend::Backend;
use crate::command::{Command, FilterDraft, Start};
use crate::reference::Commit;
use crate::values::{aggregate, correlation, event_id, name, new_event, second, snapshot, stream};

pub(crate) struct Subject {
    pub(crate) name: &'static str,
    backend: Backend,
    store: EventStore,
    clock: ManualClock,
    place: Place,
    /// The position of each event of the log.
    positions: Vec<Position>,
    /// The number of each letter.
    letters: Vec<LetterId>,
}

/// What outlives a store that is closed.
enum Place {
    Memory,
    Folder(TempDir),
    Schema(Scratch),
}

impl Place {
    async fn open(&self) -> Result<Backend, Error> {
        Ok(match self {
            Self::Memory => Backend::Memory(Arc::new(MemoryBackend::new())),
            Self::Folder(folder) => {
                // Nobody takes the power away here.
                let options = SqliteOptions::new(folder.path().join("model.db")).with_synchronous(Synchronous::Normal);
                Backend::Sqlite(Arc::new(SqliteBackend::open(options).await?))
            }
            Self::Schema(scratch) => Backend::Postgres(Arc::new(PostgresBackend::open(scratch.options()?).await?)),
        })
    }
}

impl Subject {
    pub(crate) async fn memory() -> Result<Self, Error> {
        Self::at("memory", Place::Memory).await
    }

    pub(crate) async fn sqlite() -> Result<Self, Error> {
        Self::at("sqlite", Place::Folder(tempfile::tempdir().unwrap())).await
    }

    pub(crate) async fn postgres(url: &str) -> Result<Self, Error> {
        Self::at("postgres", Place::Schema(Scratch::at(url))).await
    }

    async fn at(name: &'static str, place: Place) -> Result<Self, Error> {
        let (backend, clock) = (place.open().await?, ManualClock::at(second(0)));
        let store = EventStore::new(backend.clone()).with_clock(Arc::new(clock.clone()));
        Ok(Self { name, backend, store, clock, place, positions: Vec::new(), letters: Vec::new() })
    }

    pub(crate) async fn append(&mut self, commit: &Commit) -> Result<Answer, Error> {
        let append = commit.events.iter().map(new_event).fold(Append::new(), Append::event);
        let append =
            commit.expected.iter().fold(append, |append, (stream, expected)| append.expect(stream.clone(), *expected));
        Ok(match self.store.append(append).await {
            Ok(appended) => self.appended(&appended),
            Err(AppendError::Conflict { stream, expected, actual }) => {
                Answer::Refused(Refused::Conflict { stream, expected, actual })
            }
            Err(AppendError::PartialDuplicate { present, total, first }) => {
                Answer::Refused(Refused::PartialDuplicate { present, total, first })
            }
            Err(AppendError::EventIdReused { event_id }) => Answer::Refused(Refused::EventIdReused { event_id }),
            Err(error) => return Err(error.into()),
        })
    }

    /// Events that are new get the next numbers.
    fn appended(&mut self, appended: &Appended) -> Answer {
        for recording in appended.recordings() {
            if self.positions.last().is_none_or(|last| *last < recording.position) {
                self.positions.push(recording.position);
            }
        }
        let recordings = appended.recordings().iter().map(|recording| self.numbered(*recording));
        Answer::Appended(appended.status(), recordings.collect())
    }

    /// The recording with the event's number for its position; 0 for one that was never given out.
    fn numbered(&self, recording: Recording) -> Recording {
        Recording { position: Position::new(self.number(recording.position)), ..recording }
    }

    fn number(&self, position: Position) -> u64 {
        self.positions.iter().position(|known| *known == position).map_or(0, |index| index as u64 + 1)
    }

    /// How many events there are up to a position, which may be one that was never given to an event.
    fn number_up_to(&self, position: Position) -> u64 {
        self.positions.iter().filter(|known| **known <= position).count() as u64
    }

    fn position(&self, number: u8) -> Position {
        let index = usize::from(number) % (self.positions.len() + 1);
        index.checked_sub(1).map_or(Position::START, |index| self.positions[index])
    }

    fn seen(&self, events: &[RecordedEvent]) -> Vec<Seen> {
        let seen = |event: &RecordedEvent| Seen::new(event, self.numbered(event.metadata().recording().unwrap()));
        events.iter().map(seen).collect()
    }

    /// Does anything but an append.
    pub(crate) async fn answer(&mut self, command: &Command) -> Result<Answer, Error> {
        Ok(match command {
            Command::ReadStream { stream: number, from, to, backwards, limit } => {
                let query = StreamQuery::new().from(Version::new(*from)).to(Version::new(*to)).with_limit(*limit);
                let query = if *backwards { query.backwards() } else { query };
                Answer::Events(self.seen(&self.store.read_stream(&stream(*number), query).await?))
            }
            Command::ReadLog { start, filter: draft, limit } => {
                let query = self.log_query(*start).with_filter(filter(draft)).with_limit(*limit);
                let page = self.store.read_log(query).await?;
                let next = page.next().map(|position| self.number(position));
                Answer::Page(self.seen(page.events()), next, self.number_up_to(page.through()))
            }
            Command::Version { stream: number } => {
                Answer::Number(self.store.stream_version(&stream(*number)).await?.value())
            }
            Command::Count { filter: draft } => Answer::Number(self.store.count(filter(draft)).await?),
            Command::Stats => {
                let mut stats = self.store.stats().await?;
                stats.last_position = Position::new(self.number(stats.last_position));
                Answer::Stats(stats)
            }
            Command::LogEnd => Answer::Number(self.number_up_to(self.backend.log_end().await?)),
            Command::SaveSnapshot { .. } | Command::LoadSnapshot { .. } | Command::DeleteSnapshot { .. } => {
                self.snapshot(command).await?
            }
            Command::Clock { at } => {
                self.clock.set(second(*at));
                Answer::Done
            }
            Command::Reopen => self.reopen().await?,
            of_letters => self.of_letters(of_letters).await?,
        })
    }

    fn log_query(&self, start: Start) -> LogQuery {
        match start {
            Start::Beginning => LogQuery::new(),
            Start::After(number) => LogQuery::new().after(self.position(number)),
            Start::End => LogQuery::new().before(None),
            Start::Before(number) => LogQuery::new().before(Some(self.position(number))),
        }
    }

    async fn snapshot(&self, command: &Command) -> Result<Answer, Error> {
        Ok(match command {
            Command::SaveSnapshot { snapshot: draft } => {
                self.store.save_snapshot(snapshot(draft)).await?;
                Answer::Done
            }
            Command::DeleteSnapshot { stream: number } => {
                self.store.delete_snapshot(&stream(*number)).await?;
                Answer::Done
            }
            Command::LoadSnapshot { stream: number } => {
                Answer::Snapshot(self.store.load_snapshot(&stream(*number)).await?)
            }
            other => unreachable!("{other:?} isn't about snapshots"),
        })
    }

    async fn reopen(&mut self) -> Result<Answer, Error> {
        if !matches!(self.place, Place::Memory) {
            self.store.close().await?;
            self.backend = self.place.open().await?;
            self.store = EventStore::new(self.backend.clone()).with_clock(Arc::new(self.clock.clone()));
        }
        Ok(Answer::Done)
    }
}

fn filter(draft: &FilterDraft) -> EventFilter {
    let filter = draft.names.iter().fold(EventFilter::new(), |filter, number| filter.name(name(*number)));
    let filter = draft.aggregates.iter().fold(filter, |filter, number| filter.aggregate(aggregate(*number)));
    let filter = draft.stream.map(stream).into_iter().fold(filter, EventFilter::stream);
    let filter = draft.from.map(second).into_iter().fold(filter, EventFilter::recorded_from);
    let filter = draft.until.map(second).into_iter().fold(filter, EventFilter::recorded_until);
    let filter = draft.correlation.map(correlation).into_iter().fold(filter, EventFilter::correlation_id);
    draft.causation.map(event_id).into_iter().fold(filter, EventFilter::causation_id)
}
