//! Letters as rows.

use chrono::{DateTime, Utc};
use rusqlite::Row;
use rusqlite::types::Type;
use uuid::Uuid;

use super::super::error::store_error;
use super::super::rows::time;
use crate::error::{Error, ErrorKind};
use crate::event::Payload;
use crate::handler::{Class, ErrorReport};
use crate::id::{AggregateName, Position, SchemaVersion, StreamId, StreamKey};
use crate::store::{
    AttemptRecord, FailedAttempt, FailedEvent, LetterId, LetterLane, LetterParts, LetterStatus, OperationId,
};

type Result<T> = rusqlite::Result<T>;

/// Makes a letter of a row with the columns of `read_letters.sql`, in their order.
pub(super) fn letter(row: &Row<'_>) -> Result<FailedEvent> {
    let aggregate: AggregateName = text(row, 6)?.into();
    let error: Option<String> = row.get(13)?;
    let parts = LetterParts {
        id: LetterId::new(row.get(0)?),
        status: status(row, 1)?,
        handler: text(row, 2)?.into(),
        event_id: id(row, 3)?.into(),
        event: text(row, 4)?.into(),
        schema_version: SchemaVersion::new(row.get(5)?),
        stream: StreamId::new(aggregate, &StreamKey::from(text(row, 7)?)),
        position: Position::new(row.get::<_, i64>(8)?.unsigned_abs()),
        correlation_id: id(row, 9)?.into(),
        traceparent: row.get(10)?,
        build: row.get(11)?,
        class: class(row, 12)?,
        error: error.map(|json| report(&json, 13)).transpose()?,
        fingerprint: row.get::<_, i64>(14)?.cast_unsigned(),
        attempts: row.get(15)?,
        attempts_before: row.get(16)?,
        first_failed_at: moment(row, 17)?,
        last_failed_at: moment(row, 18)?,
        next_attempt_at: optional_moment(row, 19)?,
        closed_at: optional_moment(row, 20)?,
        lane: lane(row)?,
        held: row.get(23)?,
        run: row.get::<_, Option<i64>>(24)?.map(OperationId::new),
        edited: row.get::<_, Option<String>>(25)?.map(Payload::from_json),
    };
    Ok(parts.into())
}

fn lane(row: &Row<'_>) -> Result<Option<LetterLane>> {
    let partition: Option<u32> = row.get(21)?;
    partition.map(|partition| Ok(LetterLane { partition, key: row.get(22)? })).transpose()
}

/// `number, failed_at, class, error, fingerprint`.
pub(super) fn attempt(row: &Row<'_>) -> Result<AttemptRecord> {
    let attempt = FailedAttempt {
        at: moment(row, 1)?,
        class: class(row, 2)?,
        error: report(text(row, 3)?, 3)?,
        fingerprint: row.get::<_, i64>(4)?.cast_unsigned(),
    };
    Ok(AttemptRecord { number: row.get(0)?, attempt })
}

pub(super) fn status(row: &Row<'_>, index: usize) -> Result<LetterStatus> {
    let word = text(row, index)?;
    let known = LetterStatus::ALL.into_iter().find(|status| status.as_str() == word);
    known.ok_or_else(|| unknown(index, "status", word))
}

pub(in super::super) fn optional_moment(row: &Row<'_>, index: usize) -> Result<Option<DateTime<Utc>>> {
    let micros: Option<i64> = row.get(index)?;
    micros.map(|micros| time(micros).ok_or(rusqlite::Error::IntegralValueOutOfRange(index, micros))).transpose()
}

pub(in super::super) fn moment(row: &Row<'_>, index: usize) -> Result<DateTime<Utc>> {
    let micros: i64 = row.get(index)?;
    time(micros).ok_or(rusqlite::Error::IntegralValueOutOfRange(index, micros))
}

fn class(row: &Row<'_>, index: usize) -> Result<Class> {
    Ok(match text(row, index)? {
        "transient" => Class::Transient,
        "permanent" => Class::Permanent,
        "timeout" => Class::Timeout,
        "panic" => Class::Panic,
        "decode" => Class::Decode,
        other => return Err(unknown(index, "class", other)),
    })
}

fn report(json: &str, index: usize) -> Result<ErrorReport> {
    serde_json::from_str(json).map_err(|error| wrong(index, Type::Text, error))
}

fn id(row: &Row<'_>, index: usize) -> Result<Uuid> {
    Uuid::try_parse(text(row, index)?).map_err(|error| wrong(index, Type::Text, error))
}

pub(in super::super) fn text<'r>(row: &'r Row<'_>, index: usize) -> Result<&'r str> {
    let value = row.get_ref(index)?;
    value.as_str().map_err(|error| wrong(index, value.data_type(), error))
}

pub(in super::super) fn unknown(index: usize, what: &str, word: &str) -> rusqlite::Error {
    wrong(index, Type::Text, format!("`{word}` is no {what} that this program knows"))
}

pub(in super::super) fn wrong(index: usize, kind: Type, error: impl Into<crate::error::BoxError>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(index, kind, error.into())
}

/// A value that doesn't fit is damage to the data; everything else is a failure of SQLite.
pub(in super::super) fn damaged(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(_) => store_error(error),
        None => Error::new(ErrorKind::Decode, "a row of the dead letters can't be read").with_source(error),
    }
}
