//! Handlers, lanes and processes as rows.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};

use super::super::error::store_error;
use super::super::rows::time;
use crate::error::{BoxError, Error, ErrorKind};
use crate::id::{HandlerName, Position, ProcessId};
use crate::store::{BeginsAt, HandlerRow, HandlerState, Lane, LaneLease, LaneRow, ParkedKey, ProcessRow};

type Result<T> = rusqlite::Result<T>;

/// One handler, or all of them by name, with their lanes and the number of their parked keys.
pub(super) fn handlers(connection: &Connection, only: Option<&HandlerName>) -> Result<Vec<HandlerRow>> {
    let only = only.map(HandlerName::as_str);
    let mut statement = connection.prepare_cached(include_str!("../sql/read_handlers.sql"))?;
    let mut handlers = statement.query_map([only], handler)?.collect::<Result<Vec<_>>>()?;
    let mut lanes = lanes(connection, only)?;
    for handler in &mut handlers {
        handler.lanes = lanes.remove(&handler.name).unwrap_or_default();
    }
    Ok(handlers)
}

fn lanes(connection: &Connection, only: Option<&str>) -> Result<HashMap<HandlerName, Vec<LaneRow>>> {
    let mut statement = connection.prepare_cached(include_str!("../sql/read_lanes.sql"))?;
    let mut rows = statement.query(params![only])?;
    let mut lanes: HashMap<HandlerName, Vec<LaneRow>> = HashMap::new();
    while let Some(row) = rows.next()? {
        lanes.entry(name(row, 0)?).or_default().push(lane_row(row)?);
    }
    Ok(lanes)
}

/// The columns of `read_handlers.sql`, without the lanes.
fn handler(row: &Row<'_>) -> Result<HandlerRow> {
    const STATES: [HandlerState; 3] = [HandlerState::Running, HandlerState::Paused, HandlerState::Halted];
    let (begins, state): (String, String) = (row.get(1)?, row.get(3)?);
    let known_begins = [BeginsAt::Start, BeginsAt::Now].into_iter().find(|known| known.as_str() == begins);
    let known_state = STATES.into_iter().find(|known| known.as_str() == state);
    Ok(HandlerRow {
        name: name(row, 0)?,
        begins: known_begins.ok_or_else(|| unknown(1, "beginning", &begins))?,
        from: position(row, 2)?,
        state: known_state.ok_or_else(|| unknown(3, "state", &state))?,
        reason: row.get(4)?,
        since: moment(row, 5)?,
        build: row.get(6)?,
        lanes: Vec::new(),
        parked: number(row, 7)?,
        replay_until: position(row, 8)?,
    })
}

/// The columns of `read_lanes.sql`.
fn lane_row(row: &Row<'_>) -> Result<LaneRow> {
    let (owner, lease_until): (Option<String>, Option<i64>) = (row.get(4)?, row.get(5)?);
    Ok(LaneRow {
        partition: row.get(1)?,
        checkpoint: position(row, 2)?,
        epoch: number(row, 3)?,
        owner: owner.map(ProcessId::from),
        lease_until: lease_until.map(|_| moment(row, 5)).transpose()?,
    })
}

/// The columns of `open_lanes.sql`: the lane as it was before it is taken, its keys not yet read.
pub(super) fn lease(row: &Row<'_>) -> Result<LaneLease> {
    Ok(LaneLease { lane: lane(row)?, checkpoint: position(row, 3)?, partitions: row.get(4)?, parked: Vec::new() })
}

/// `handler, partition, epoch`.
pub(super) fn lane(row: &Row<'_>) -> Result<Lane> {
    Ok(Lane { handler: name(row, 0)?, partition: row.get(1)?, epoch: number(row, 2)? })
}

/// `key, from_position`.
pub(super) fn parked_key(row: &Row<'_>) -> Result<ParkedKey> {
    Ok(ParkedKey { key: row.get(0)?, from: position(row, 1)? })
}

/// `process, build, handlers, started_at, alive_until`.
pub(super) fn process(row: &Row<'_>) -> Result<ProcessRow> {
    let (process, handlers): (String, String) = (row.get(0)?, row.get(2)?);
    Ok(ProcessRow {
        process: process.into(),
        build: row.get(1)?,
        handlers: serde_json::from_str(&handlers).map_err(|error| wrong(2, error))?,
        started_at: moment(row, 3)?,
        until: moment(row, 4)?,
    })
}

fn name(row: &Row<'_>, index: usize) -> Result<HandlerName> {
    row.get::<_, String>(index).map(HandlerName::from)
}

fn position(row: &Row<'_>, index: usize) -> Result<Position> {
    number(row, index).map(Position::new)
}

fn number(row: &Row<'_>, index: usize) -> Result<u64> {
    let number: i64 = row.get(index)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(index, number))
}

fn moment(row: &Row<'_>, index: usize) -> Result<DateTime<Utc>> {
    let micros: i64 = row.get(index)?;
    time(micros).ok_or(rusqlite::Error::IntegralValueOutOfRange(index, micros))
}

fn unknown(index: usize, what: &str, word: &str) -> rusqlite::Error {
    wrong(index, format!("`{word}` is no {what} that this program knows"))
}

fn wrong(index: usize, error: impl Into<BoxError>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(index, Type::Text, error.into())
}

/// A value that doesn't fit is damage to the data; everything else is a failure of SQLite.
pub(super) fn damaged(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(_) => store_error(error),
        None => Error::new(ErrorKind::Decode, "a row of the durable handlers can't be read").with_source(error),
    }
}
