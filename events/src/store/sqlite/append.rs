//! Appending a commit.

use std::collections::HashMap;
use std::sync::LazyLock;

use rusqlite::{OptionalExtension, ToSql, params};
use uuid::Uuid;

use super::error::store_error;
use super::job::{Mode, Tail, Work, Writing};
use super::rows;
use crate::error::{Error, ErrorKind};
use crate::event::Recording;
use crate::id::{StreamId, Version};
use crate::store::duplicate::{Content, Known};
use crate::store::extras::Extras;
use crate::store::{Append, AppendError, AppendStatus, Appended, NewEvent};

/// A commit as a job of the writer.
pub(super) struct AppendWork(pub(super) Append);

impl Work for AppendWork {
    type Output = Appended;
    type Error = AppendError;

    fn weight(&self) -> usize {
        self.0.events().len().max(1)
    }

    fn run(&mut self, writing: &Writing<'_>) -> Result<Appended, AppendError> {
        let commit = &self.0;
        if might_be_duplicate(writing, commit)?
            && let Some(duplicate) = duplicate(writing, commit)?
        {
            return Ok(duplicate);
        }
        let mut heads = Heads::default();
        for (stream, expected) in commit.expectations() {
            let actual = heads.read(writing, stream)?.version();
            if !expected.accepts(actual) {
                // A commit that is there already has moved the stream on itself.
                let conflict = AppendError::Conflict { stream: stream.clone(), expected, actual };
                return duplicate(writing, commit)?.ok_or(conflict);
            }
        }
        heads.advance(writing, commit)?;
        insert(writing, commit, &mut heads)
    }
}

/// In quick mode one look decides: a commit is there as a whole, which its first event tells, or
/// not at all. What lies between trips over the unique event ids, and is looked at with care then.
fn might_be_duplicate(writing: &Writing<'_>, commit: &Append) -> Result<bool, Error> {
    let Some(first) = commit.events().first() else { return Ok(false) };
    if writing.mode() == Mode::Careful {
        return Ok(true);
    }
    const KNOWN: &str = "SELECT 1 FROM events WHERE event_id = ?1";
    let mut statement = writing.connection().prepare_cached(KNOWN).map_err(store_error)?;
    let mut id = Uuid::encode_buffer();
    statement.exists([text(first.metadata().event_id().as_uuid(), &mut id)]).map_err(store_error)
}

/// The answer to a commit whose events are there already.
fn duplicate(writing: &Writing<'_>, commit: &Append) -> Result<Option<Appended>, AppendError> {
    const STORED: &str = include_str!("sql/event_by_id.sql");
    let mut statement = writing.connection().prepare_cached(STORED).map_err(store_error)?;
    let mut known = Known::default();
    for event in commit.events() {
        let mut id = Uuid::encode_buffer();
        let id = text(event.metadata().event_id().as_uuid(), &mut id);
        let stored = statement
            .query_row([id], |row| Ok(rows::EventReader::new(None).read(row)))
            .optional()
            .map_err(store_error)?;
        let Some(stored) = stored.transpose()? else { continue };
        let Some(at) = stored.metadata().recording() else { continue };
        let content = Content {
            stream: stored.stream(),
            name: stored.name(),
            schema_version: stored.schema_version(),
            payload: stored.payload(),
        };
        known.add(event, &content, at)?;
    }
    known.answer(commit.events().len())
}

/// The streams of a commit.
#[derive(Default)]
struct Heads<'a>(HashMap<&'a StreamId, Head>);

struct Head {
    /// The stream's number in the database; none before its first event.
    number: Option<i64>,
    /// The aggregate's id as text.
    id: String,
    version: i64,
    /// How many events the commit adds.
    added: i64,
}

impl Head {
    fn version(&self) -> Version {
        Version::new(self.version.unsigned_abs())
    }
}

impl<'a> Heads<'a> {
    fn read(&mut self, writing: &Writing<'_>, stream: &'a StreamId) -> Result<&mut Head, Error> {
        use std::collections::hash_map::Entry;
        match self.0.entry(stream) {
            Entry::Occupied(head) => Ok(head.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(read_head(writing, stream)?)),
        }
    }

    /// Moves the heads to where they will be; their versions here stay what they were.
    fn advance(&mut self, writing: &Writing<'_>, commit: &'a Append) -> Result<(), Error> {
        const BEGIN: &str = "INSERT INTO streams (aggregate, aggregate_id, version) VALUES (?1, ?2, ?3)";
        const MOVE: &str = "UPDATE streams SET version = ?2 WHERE stream = ?1";
        for event in commit.events() {
            self.read(writing, event.metadata().stream())?.added += 1;
        }
        for (stream, head) in self.0.iter_mut().filter(|(_, head)| head.added > 0) {
            let version = head.version.checked_add(head.added).ok_or_else(full)?;
            if let Some(number) = head.number {
                let mut statement = writing.connection().prepare_cached(MOVE).map_err(store_error)?;
                statement.execute([number, version]).map_err(store_error)?;
            } else {
                let mut statement = writing.connection().prepare_cached(BEGIN).map_err(store_error)?;
                let number = statement.insert(params![stream.aggregate().as_str(), head.id, version]);
                head.number = Some(number.map_err(store_error)?);
            }
        }
        Ok(())
    }
}

fn read_head(writing: &Writing<'_>, stream: &StreamId) -> Result<Head, Error> {
    const HEAD: &str = "SELECT stream, version FROM streams WHERE aggregate = ?1 AND aggregate_id = ?2";
    let id = stream.id().to_string();
    let mut statement = writing.connection().prepare_cached(HEAD).map_err(store_error)?;
    let found: Option<(i64, i64)> = statement
        .query_row([stream.aggregate().as_str(), &id], |row| row.try_into())
        .optional()
        .map_err(store_error)?;
    let (number, version) = found.map_or((None, 0), |(number, version)| (Some(number), version));
    Ok(Head { number, id, version, added: 0 })
}

/// How many rows one statement inserts, if there are so many: a large commit takes a
/// sixth less work then.
const ROWS: usize = 8;
/// How many values a row has.
const COLUMNS: usize = 16;

const INSERT: &str = include_str!("sql/insert_event.sql");
static INSERT_ROWS: LazyLock<String> = LazyLock::new(|| {
    let row = format!(", (?{})", ", ?".repeat(COLUMNS - 1));
    format!("{INSERT}{}", row.repeat(ROWS - 1))
});

fn insert(writing: &Writing<'_>, commit: &Append, heads: &mut Heads<'_>) -> Result<Appended, AppendError> {
    let mut tail = writing.tail()?;
    let recorded_at = tail.recorded_at(commit.recorded_at());
    let time = rows::time(recorded_at).ok_or_else(|| Error::new(ErrorKind::Decode, "a time is out of range"))?;
    let mut recordings = Vec::with_capacity(commit.events().len());
    let (many, few) = commit.events().as_chunks::<ROWS>();
    let many = many.iter().map(|events| (INSERT_ROWS.as_str(), events.as_slice()));
    for (sql, events) in many.chain(few.chunks(1).map(|event| (INSERT, event))) {
        let mut statement = writing.connection().prepare_cached(sql).map_err(store_error)?;
        for (row, event) in events.iter().enumerate() {
            let head = heads.0.get_mut(event.metadata().stream()).ok_or_else(unknown)?;
            tail = tail.next(recorded_at)?;
            head.version += 1;
            bind(&mut statement, row * COLUMNS, event, head, tail, recorded_at)?;
            recordings.push(Recording { position: tail.position(), version: head.version(), recorded_at: time });
        }
        statement.raw_execute().map_err(store_error)?;
    }
    writing.set_tail(tail);
    Ok(Appended::new(AppendStatus::Committed, recordings))
}

/// Binds the values of a row, after those of the rows before it.
fn bind(
    statement: &mut rusqlite::Statement<'_>,
    before: usize,
    event: &NewEvent,
    head: &Head,
    tail: Tail,
    recorded_at: i64,
) -> Result<(), Error> {
    let metadata = event.metadata();
    let extras = Extras::of(metadata)?;
    let (mut id, mut correlation, mut causation) =
        (Uuid::encode_buffer(), Uuid::encode_buffer(), Uuid::encode_buffer());
    let values: [&dyn ToSql; COLUMNS] = [
        &tail.number(),
        &text(metadata.event_id().as_uuid(), &mut id),
        &head.number,
        &metadata.stream().aggregate().as_str(),
        &head.id,
        &head.version,
        &metadata.name().as_str(),
        &metadata.schema_version().value(),
        &metadata.occurred_at().timestamp_micros(),
        &recorded_at,
        &text(metadata.correlation_id().as_uuid(), &mut correlation),
        &metadata.causation_id().map(|id| text(id.as_uuid(), &mut causation)),
        &metadata.actor().map(|actor| actor.as_str()),
        &metadata.tenant().map(|tenant| tenant.as_str()),
        &event.payload().as_json(),
        &extras,
    ];
    for (index, value) in values.into_iter().enumerate() {
        statement.raw_bind_parameter(before + index + 1, value).map_err(store_error)?;
    }
    Ok(())
}

/// A UUID as it is stored and printed.
fn text(id: Uuid, buffer: &mut [u8]) -> &str {
    id.as_hyphenated().encode_lower(buffer)
}

/// All streams of a commit have moved on before its rows are written.
fn unknown() -> Error {
    Error::new(ErrorKind::Internal, "an event's stream was not looked at")
}

fn full() -> Error {
    Error::new(ErrorKind::Unavailable, "the stream has no versions left")
}
