//! Events as rows.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::{Row, ValueRef};
use uuid::Uuid;

use super::values;
use crate::error::Error;
use crate::event::{DecodeError, DecodeReason, MetadataParts, Payload, RecordedEvent, Recording};
use crate::id::{Actor, AggregateName, EventName, Position, SchemaVersion, StreamId, StreamKey, Tenant, Version};
use crate::store::DataPage;
use crate::store::extras::Extras;

/// How many texts of a sort are remembered.
const SEEN: usize = 16;

/// Where the payload is in a row of the `read_….sql` files, and in one without metadata.
pub(super) const WHOLE_PAYLOAD: usize = 11;
pub(super) const DATA_PAYLOAD: usize = 1;

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
pub(super) struct Damage {
    column: &'static str,
    detail: String,
}

impl EventReader {
    /// All rows are of `stream`, if one is given; they need no column for it then.
    pub(super) fn new(stream: Option<StreamId>) -> Self {
        let (names, aggregates, actors, tenants) = Default::default();
        Self { stream, names, aggregates, actors, tenants }
    }

    /// Makes an event of a row. A row that is none is an error that names it.
    pub(super) fn read(&mut self, row: &PgRow) -> Result<RecordedEvent, Error> {
        self.parts(row).map_err(|damage| damage.into_error(row))
    }

    fn parts(&mut self, row: &PgRow) -> Result<RecordedEvent, Damage> {
        let extras = match bytes(row, 12, "metadata")? {
            None => Extras::default(),
            Some(json) => serde_json::from_slice(json).map_err(|error| Damage::new("metadata", error))?,
        };
        let recording = Recording {
            position: Position::new(number(row, 0, "position")?),
            version: Version::new(number(row, 2, "version")?),
            recorded_at: moment(row, 6, "recorded_at")?,
        };
        let schema_version = u32::try_from(number(row, 4, "schema_version")?);
        let parts = MetadataParts {
            event_id: id(required(row, 1, "event_id")?, "event_id")?.into(),
            name: shared(&mut self.names, required(row, 3, "event_name")?, "event_name")?,
            schema_version: SchemaVersion::new(schema_version.map_err(|error| Damage::new("schema_version", error))?),
            stream: self.stream(row)?,
            occurred_at: moment(row, 5, "occurred_at")?,
            recording: None,
            correlation_id: id(required(row, 7, "correlation_id")?, "correlation_id")?.into(),
            causation_id: match bytes(row, 8, "causation_id")? {
                None => None,
                Some(bytes) => Some(id(bytes, "causation_id")?.into()),
            },
            actor: bytes(row, 9, "actor")?.map(|text| shared(&mut self.actors, text, "actor")).transpose()?,
            tenant: bytes(row, 10, "tenant")?.map(|text| shared(&mut self.tenants, text, "tenant")).transpose()?,
            trace: extras.trace,
            headers: extras.headers,
        };
        let payload = Payload::from_json(utf8(required(row, 11, "payload")?, "payload")?);
        Ok(RecordedEvent::new(parts.into(), recording, payload))
    }

    fn stream(&mut self, row: &PgRow) -> Result<StreamId, Damage> {
        if let Some(stream) = &self.stream {
            return Ok(stream.clone());
        }
        let aggregate = shared(&mut self.aggregates, required(row, 13, "aggregate")?, "aggregate")?;
        let key = utf8(required(row, 14, "aggregate_id")?, "aggregate_id")?;
        Ok(StreamId::new(aggregate, &StreamKey::from(key)))
    }
}

/// Adds an event without its metadata. Its payload is at that place in the row, the rest where the
/// `read_….sql` files have it.
pub(super) fn add_data(page: &mut DataPage, row: &PgRow, payload: usize) -> Result<(), Error> {
    read_data(page, row, payload).map_err(|damage| damage.into_error(row))
}

fn read_data(page: &mut DataPage, row: &PgRow, payload: usize) -> Result<(), Damage> {
    let name = required(row, 3, "event_name")?;
    let name = match page.name_of(name) {
        Some(name) => name,
        None => page.add_name(utf8(name, "event_name")?.into()),
    };
    let schema_version = u32::try_from(number(row, 4, "schema_version")?);
    let schema_version = schema_version.map_err(|error| Damage::new("schema_version", error))?;
    let (position, version) = (number(row, 0, "position")?, number(row, 2, "version")?);
    let payload = utf8(required(row, payload, "payload")?, "payload")?;
    page.add(Position::new(position), Version::new(version), name, SchemaVersion::new(schema_version), payload);
    Ok(())
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
    pub(super) fn new(column: &'static str, detail: impl ToString) -> Self {
        Self { column, detail: detail.to_string() }
    }

    /// What can still be read of the row says which event it is.
    fn into_error(self, row: &PgRow) -> Error {
        let name = bytes(row, 3, "event_name").ok().flatten().and_then(|text| std::str::from_utf8(text).ok());
        let version = u32::try_from(number(row, 4, "schema_version").unwrap_or(0)).unwrap_or(0);
        let position = number(row, 0, "position").ok().map(Position::new);
        let reason = DecodeReason::Malformed { line: 0, column: 0 };
        DecodeError::new(name.unwrap_or("?"), SchemaVersion::new(version), reason)
            .at(position)
            .with_detail(format_args!("column {}: {}", self.column, self.detail))
            .into()
    }

    /// In another row than an event's.
    pub(super) fn into_error_in(self, what: impl std::fmt::Display) -> Error {
        let message = format!("{what} can't be read: column {}: {}", self.column, self.detail);
        Error::new(crate::error::ErrorKind::Decode, message)
    }
}

pub(super) fn required<'r>(row: &'r PgRow, index: usize, column: &'static str) -> Result<&'r [u8], Damage> {
    bytes(row, index, column)?.ok_or_else(|| Damage::new(column, "no value"))
}

pub(super) fn bytes<'r>(row: &'r PgRow, index: usize, column: &'static str) -> Result<Option<&'r [u8]>, Damage> {
    let value = row.try_get_raw(index).map_err(|error| Damage::new(column, error))?;
    if value.is_null() {
        return Ok(None);
    }
    value.as_bytes().map(Some).map_err(|error| Damage::new(column, error))
}

pub(super) fn utf8<'t>(text: &'t [u8], column: &'static str) -> Result<&'t str, Damage> {
    std::str::from_utf8(text).map_err(|error| Damage::new(column, error))
}

/// A `bigint`.
pub(super) fn integer(bytes: &[u8], column: &'static str) -> Result<i64, Damage> {
    let bytes = <[u8; 8]>::try_from(bytes).map_err(|error| Damage::new(column, error))?;
    Ok(i64::from_be_bytes(bytes))
}

/// A `bigint` that counts something.
pub(super) fn number(row: &PgRow, index: usize, column: &'static str) -> Result<u64, Damage> {
    let number = integer(required(row, index, column)?, column)?;
    u64::try_from(number).map_err(|error| Damage::new(column, error))
}

/// A `timestamptz`.
pub(super) fn time(bytes: &[u8], column: &'static str) -> Result<DateTime<Utc>, Damage> {
    let micros = values::micros(integer(bytes, column)?);
    micros.and_then(DateTime::from_timestamp_micros).ok_or_else(|| Damage::new(column, "a time out of range"))
}

pub(super) fn moment(row: &PgRow, index: usize, column: &'static str) -> Result<DateTime<Utc>, Damage> {
    time(required(row, index, column)?, column)
}

/// A `uuid`.
pub(super) fn id(bytes: &[u8], column: &'static str) -> Result<Uuid, Damage> {
    Uuid::from_slice(bytes).map_err(|error| Damage::new(column, error))
}

/// A number that is compared with stored ones; what is too large is larger than all of them.
pub(super) fn clamped(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A limit as PostgreSQL wants it.
pub(super) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

pub(super) fn optional_moment(
    row: &PgRow,
    index: usize,
    column: &'static str,
) -> Result<Option<DateTime<Utc>>, Damage> {
    bytes(row, index, column)?.map(|bytes| time(bytes, column)).transpose()
}

/// A `bigint` that counts something small.
pub(super) fn small(row: &PgRow, index: usize, column: &'static str) -> Result<u32, Damage> {
    u32::try_from(number(row, index, column)?).map_err(|error| Damage::new(column, error))
}

pub(super) fn text<'r>(row: &'r PgRow, index: usize, column: &'static str) -> Result<&'r str, Damage> {
    utf8(required(row, index, column)?, column)
}

pub(super) fn optional_text<'r>(row: &'r PgRow, index: usize, column: &'static str) -> Result<Option<&'r str>, Damage> {
    bytes(row, index, column)?.map(|text| utf8(text, column)).transpose()
}

/// A word that isn't among those that can be there.
pub(super) fn unknown(column: &'static str, word: &str) -> Damage {
    Damage::new(column, format_args!("`{word}` is none that this program knows"))
}
