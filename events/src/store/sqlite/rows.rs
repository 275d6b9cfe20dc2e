//! Events as rows.

use chrono::{DateTime, Utc};
use rusqlite::Row;
use rusqlite::types::{FromSql, ValueRef};
use uuid::Uuid;

use super::error::store_error;
use crate::error::Error;
use crate::event::{DecodeError, DecodeReason, MetadataParts, Payload, RecordedEvent, Recording};
use crate::id::{Actor, AggregateName, EventName, Position, SchemaVersion, StreamId, StreamKey, Tenant, Version};
use crate::store::DataPage;
use crate::store::extras::Extras;

/// How many texts of a sort are remembered.
const SEEN: usize = 16;

/// Reads rows with the columns of the `read_….sql` files, in their order. Names that come
/// again are shared.
pub(super) struct EventReader {
    stream: Option<StreamId>,
    names: Vec<EventName>,
    aggregates: Vec<AggregateName>,
    actors: Vec<Actor>,
    tenants: Vec<Tenant>,
}

/// A value of a row that isn't what it must be.
struct Damage {
    column: &'static str,
    detail: String,
}

impl EventReader {
    /// All rows are of `stream`, if one is given.
    pub(super) fn new(stream: Option<StreamId>) -> Self {
        let (names, aggregates, actors, tenants) = Default::default();
        Self { stream, names, aggregates, actors, tenants }
    }

    /// Makes an event of a row. A row that is none is an error that names it.
    pub(super) fn read(&mut self, row: &Row<'_>) -> Result<RecordedEvent, Error> {
        self.parts(row).map_err(|damage| damage.into_error(row))
    }

    fn parts(&mut self, row: &Row<'_>) -> Result<RecordedEvent, Damage> {
        let extras = match bytes(row, 12, "metadata")? {
            None => Extras::default(),
            Some(json) => serde_json::from_slice(json).map_err(|error| Damage::new("metadata", error))?,
        };
        let event_id = required(row, 1, "event_id")?;
        let own_id = id(event_id, "event_id")?;
        let recording = Recording {
            position: Position::new(number(row, 0, "position")?),
            version: Version::new(number(row, 2, "version")?),
            recorded_at: moment(row, 6, "recorded_at")?,
        };
        let parts = MetadataParts {
            event_id: own_id.into(),
            name: shared(&mut self.names, required(row, 3, "event_name")?, "event_name")?,
            schema_version: schema_version(row)?,
            stream: self.stream(row)?,
            occurred_at: moment(row, 5, "occurred_at")?,
            recording: None,
            correlation_id: match required(row, 7, "correlation_id")? {
                // The first event of a chain, as most are: the text need not be read twice.
                first if first == event_id => own_id.into(),
                other => id(other, "correlation_id")?.into(),
            },
            causation_id: match bytes(row, 8, "causation_id")? {
                None => None,
                Some(text) => Some(id(text, "causation_id")?.into()),
            },
            actor: bytes(row, 9, "actor")?.map(|text| shared(&mut self.actors, text, "actor")).transpose()?,
            tenant: bytes(row, 10, "tenant")?.map(|text| shared(&mut self.tenants, text, "tenant")).transpose()?,
            trace: extras.trace,
            headers: extras.headers,
        };
        let payload = Payload::from_json(utf8(required(row, 11, "payload")?, "payload")?);
        Ok(RecordedEvent::new(parts.into(), recording, payload))
    }

    fn stream(&mut self, row: &Row<'_>) -> Result<StreamId, Damage> {
        if let Some(stream) = &self.stream {
            return Ok(stream.clone());
        }
        let aggregate = shared(&mut self.aggregates, required(row, 13, "aggregate")?, "aggregate")?;
        let key = utf8(required(row, 14, "aggregate_id")?, "aggregate_id")?;
        Ok(StreamId::new(aggregate, &StreamKey::from(key)))
    }
}

/// Adds the event of a row with the columns of the `…data….sql` files, in their order.
pub(super) fn add_data(page: &mut DataPage, row: &Row<'_>) -> Result<(), Error> {
    read_data(page, row).map_err(|damage| damage.into_error(row))
}

fn read_data(page: &mut DataPage, row: &Row<'_>) -> Result<(), Damage> {
    let name = required(row, 3, "event_name")?;
    let name = match page.name_of(name) {
        Some(name) => name,
        None => page.add_name(utf8(name, "event_name")?.into()),
    };
    let position = Position::new(number(row, 0, "position")?);
    let version = Version::new(number(row, 2, "version")?);
    let schema_version = schema_version(row)?;
    let payload = utf8(required(row, 1, "payload")?, "payload")?;
    page.add(position, version, name, schema_version, payload);
    Ok(())
}

fn schema_version(row: &Row<'_>) -> Result<SchemaVersion, Damage> {
    let version = u32::try_from(number(row, 4, "schema_version")?);
    version.map(SchemaVersion::new).map_err(|error| Damage::new("schema_version", error))
}

/// Finds a text among those seen lately, or adds it: an event more, an allocation less.
fn shared<N>(seen: &mut Vec<N>, text: &[u8], column: &'static str) -> Result<N, Damage>
where
    N: Clone + AsRef<str> + for<'n> From<&'n str>,
{
    if let Some(name) = seen.iter().find(|name| name.as_ref().as_bytes() == text) {
        return Ok(name.clone());
    }
    let name = N::from(utf8(text, column)?);
    if seen.len() == SEEN {
        seen.clear();
    }
    seen.push(name.clone());
    Ok(name)
}

impl Damage {
    fn new(column: &'static str, detail: impl ToString) -> Self {
        Self { column, detail: detail.to_string() }
    }

    /// What can still be read of the row says which event it is.
    fn into_error(self, row: &Row<'_>) -> Error {
        let name = row.get_ref(3).ok().and_then(|value| value.as_str().ok()).unwrap_or("?").to_owned();
        let version = u32::try_from(number(row, 4, "schema_version").unwrap_or(0)).unwrap_or(0);
        let position = number(row, 0, "position").ok().map(Position::new);
        let reason = DecodeReason::Malformed { line: 0, column: 0 };
        DecodeError::new(name, SchemaVersion::new(version), reason)
            .at(position)
            .with_detail(format_args!("column {}: {}", self.column, self.detail))
            .into()
    }
}

/// A text, not yet known to be UTF-8: SQLite doesn't check.
fn required<'r>(row: &'r Row<'_>, index: usize, column: &'static str) -> Result<&'r [u8], Damage> {
    bytes(row, index, column)?.ok_or_else(|| Damage::new(column, "no value"))
}

fn bytes<'r>(row: &'r Row<'_>, index: usize, column: &'static str) -> Result<Option<&'r [u8]>, Damage> {
    match row.get_ref(index) {
        Ok(ValueRef::Text(text)) => Ok(Some(text)),
        Ok(ValueRef::Null) => Ok(None),
        Ok(other) => Err(Damage::new(column, format_args!("a value of type {}", other.data_type()))),
        Err(error) => Err(Damage::new(column, error)),
    }
}

fn utf8<'t>(text: &'t [u8], column: &'static str) -> Result<&'t str, Damage> {
    std::str::from_utf8(text).map_err(|error| Damage::new(column, error))
}

fn integer<T: FromSql>(row: &Row<'_>, index: usize, column: &'static str) -> Result<T, Damage> {
    row.get(index).map_err(|error| Damage::new(column, error))
}

fn number(row: &Row<'_>, index: usize, column: &'static str) -> Result<u64, Damage> {
    let number: i64 = integer(row, index, column)?;
    u64::try_from(number).map_err(|error| Damage::new(column, error))
}

fn moment(row: &Row<'_>, index: usize, column: &'static str) -> Result<DateTime<Utc>, Damage> {
    time(integer(row, index, column)?).ok_or_else(|| Damage::new(column, "a time out of range"))
}

fn id(text: &[u8], column: &'static str) -> Result<Uuid, Damage> {
    Uuid::try_parse_ascii(text).map_err(|error| Damage::new(column, error))
}

/// A time as it is stored.
pub(super) fn time(micros: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros)
}

/// The time as it is stored, or the next one that can be: what is at or after it stays so.
pub(super) fn ceiling(time: DateTime<Utc>) -> i64 {
    let rest = time.timestamp_subsec_nanos() % 1_000;
    time.timestamp_micros().saturating_add(i64::from(rest > 0))
}

/// A number that is compared with stored ones; what is too large is larger than all of them.
pub(super) fn clamped(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A limit as SQLite wants it.
pub(super) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// Adds the events of a statement's rows.
pub(super) fn events(
    mut rows: rusqlite::Rows<'_>,
    mut reader: EventReader,
    mut events: Vec<RecordedEvent>,
) -> Result<Vec<RecordedEvent>, Error> {
    while let Some(row) = rows.next().map_err(store_error)? {
        events.push(reader.read(row)?);
    }
    Ok(events)
}
