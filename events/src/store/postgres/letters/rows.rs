//! Letters as rows.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;

use super::super::rows::{
    Damage, bytes, id, integer, moment, number, optional_moment, optional_text, required, small, text, unknown,
};
use crate::error::Error;
use crate::event::Payload;
use crate::handler::{Class, ErrorReport};
use crate::id::{AggregateName, HandlerName, Position, SchemaVersion, StreamId, StreamKey};
use crate::store::{
    AttemptRecord, FailedAttempt, FailedEvent, LetterId, LetterLane, LetterParts, LetterStatus, OperationId,
};

type Result<T> = std::result::Result<T, Damage>;

/// Makes a letter of a row with the columns of `read_letters.sql`, in their order.
pub(super) fn letter(row: &PgRow) -> Result<FailedEvent> {
    let aggregate: AggregateName = text(row, 6, "aggregate")?.into();
    let parts = LetterParts {
        id: letter_id(row, 0)?,
        status: status(row, 1)?,
        handler: text(row, 2, "handler")?.into(),
        event_id: id(required(row, 3, "event_id")?, "event_id")?.into(),
        event: text(row, 4, "event_name")?.into(),
        schema_version: SchemaVersion::new(small(row, 5, "schema_version")?),
        stream: StreamId::new(aggregate, &StreamKey::from(text(row, 7, "aggregate_id")?)),
        position: Position::new(number(row, 8, "position")?),
        correlation_id: id(required(row, 9, "correlation_id")?, "correlation_id")?.into(),
        traceparent: optional_text(row, 10, "traceparent")?.map(str::to_owned),
        build: text(row, 11, "build")?.to_owned(),
        class: class(row, 12)?,
        error: optional_text(row, 13, "error")?.map(report).transpose()?,
        fingerprint: integer(required(row, 14, "fingerprint")?, "fingerprint")?.cast_unsigned(),
        attempts: small(row, 15, "attempts")?,
        attempts_before: small(row, 16, "attempts_before")?,
        first_failed_at: moment(row, 17, "first_failed_at")?,
        last_failed_at: moment(row, 18, "last_failed_at")?,
        next_attempt_at: optional_moment(row, 19, "next_attempt_at")?,
        closed_at: optional_moment(row, 20, "closed_at")?,
        lane: lane(row)?,
        held: required(row, 23, "held")? == [1],
        run: run(row)?,
        edited: optional_text(row, 25, "edited_payload")?.map(Payload::from_json),
    };
    Ok(parts.into())
}

fn run(row: &PgRow) -> Result<Option<OperationId>> {
    bytes(row, 24, "run")?.map(|run| integer(run, "run").map(OperationId::new)).transpose()
}

fn lane(row: &PgRow) -> Result<Option<LetterLane>> {
    if bytes(row, 21, "partition")?.is_none() {
        return Ok(None);
    }
    let key = optional_text(row, 22, "key")?.map(str::to_owned);
    Ok(Some(LetterLane { partition: small(row, 21, "partition")?, key }))
}

/// `number, failed_at, class, error, fingerprint`.
pub(super) fn attempt(row: &PgRow) -> Result<AttemptRecord> {
    let attempt = FailedAttempt {
        at: moment(row, 1, "failed_at")?,
        class: class(row, 2)?,
        error: report(text(row, 3, "error")?)?,
        fingerprint: integer(required(row, 4, "fingerprint")?, "fingerprint")?.cast_unsigned(),
    };
    Ok(AttemptRecord { number: small(row, 0, "number")?, attempt })
}

/// `handler, status, count, oldest`.
pub(super) fn group(row: &PgRow) -> Result<(HandlerName, LetterStatus, u64, Option<DateTime<Utc>>)> {
    let handler = text(row, 0, "handler")?.into();
    Ok((handler, status(row, 1)?, number(row, 2, "count")?, optional_moment(row, 3, "first_failed_at")?))
}

pub(super) fn letter_id(row: &PgRow, index: usize) -> Result<LetterId> {
    integer(required(row, index, "letter_id")?, "letter_id").map(LetterId::new)
}

fn status(row: &PgRow, index: usize) -> Result<LetterStatus> {
    let word = text(row, index, "status")?;
    let known = LetterStatus::ALL.into_iter().find(|status| status.as_str() == word);
    known.ok_or_else(|| unknown("status", word))
}

fn class(row: &PgRow, index: usize) -> Result<Class> {
    Ok(match text(row, index, "class")? {
        "transient" => Class::Transient,
        "permanent" => Class::Permanent,
        "timeout" => Class::Timeout,
        "panic" => Class::Panic,
        "decode" => Class::Decode,
        other => return Err(unknown("class", other)),
    })
}

fn report(json: &str) -> Result<ErrorReport> {
    serde_json::from_str(json).map_err(|error| Damage::new("error", error))
}

pub(super) fn damaged(damage: Damage) -> Error {
    damage.into_error_in("a row of the dead letters")
}
