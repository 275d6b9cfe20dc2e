//! Handlers, lanes and processes as rows.

use std::collections::HashMap;

use sqlx::postgres::{PgConnection, PgRow};

use super::super::link::Failure;
use super::super::rows::{Damage, moment, number, optional_moment, optional_text, small, text, unknown};
use super::super::statements::Statements;
use crate::error::Error;
use crate::handler::BeginsAt;
use crate::id::{HandlerName, Position, ProcessId};
use crate::store::{HandlerRow, HandlerState, Lane, LaneLease, LaneRow, ParkedKey, ProcessRow};

type Result<T> = std::result::Result<T, Damage>;

/// One handler, or all of them by name, with their lanes and the number of their parked keys.
pub(super) async fn handlers(
    connection: &mut PgConnection,
    statements: &Statements,
    only: Option<&HandlerName>,
) -> std::result::Result<Vec<HandlerRow>, Failure> {
    let only = only.map(HandlerName::as_str);
    let rows = sqlx::query(statements.read_handlers.safe()).bind(only).fetch_all(&mut *connection).await?;
    let lanes = sqlx::query(statements.read_lanes.safe()).bind(only).fetch_all(connection).await?;
    Ok(with_lanes(&rows, &lanes).map_err(damaged)?)
}

fn with_lanes(handlers: &[PgRow], lanes: &[PgRow]) -> Result<Vec<HandlerRow>> {
    let mut of_handlers: HashMap<HandlerName, Vec<LaneRow>> = HashMap::new();
    for lane in lanes {
        of_handlers.entry(name(lane)?).or_default().push(lane_row(lane)?);
    }
    let mut rows = handlers.iter().map(handler).collect::<Result<Vec<_>>>()?;
    for row in &mut rows {
        row.lanes = of_handlers.remove(&row.name).unwrap_or_default();
    }
    Ok(rows)
}

/// The columns of `read_handlers.sql`, without the lanes.
fn handler(row: &PgRow) -> Result<HandlerRow> {
    const STATES: [HandlerState; 3] = [HandlerState::Running, HandlerState::Paused, HandlerState::Halted];
    let (begins, state) = (text(row, 1, "begins")?, text(row, 3, "state")?);
    let known_begins = [BeginsAt::Start, BeginsAt::Now].into_iter().find(|known| known.as_str() == begins);
    let known_state = STATES.into_iter().find(|known| known.as_str() == state);
    Ok(HandlerRow {
        name: name(row)?,
        begins: known_begins.ok_or_else(|| unknown("begins", begins))?,
        from: position(row, 2, "from_position")?,
        state: known_state.ok_or_else(|| unknown("state", state))?,
        reason: optional_text(row, 4, "reason")?.map(str::to_owned),
        since: moment(row, 5, "since")?,
        build: text(row, 6, "build")?.to_owned(),
        lanes: Vec::new(),
        parked: number(row, 7, "parked")?,
        replay_until: position(row, 8, "replay_until")?,
    })
}

/// The columns of `read_lanes.sql`.
fn lane_row(row: &PgRow) -> Result<LaneRow> {
    Ok(LaneRow {
        partition: small(row, 1, "partition")?,
        checkpoint: position(row, 2, "checkpoint")?,
        epoch: number(row, 3, "epoch")?,
        owner: optional_text(row, 4, "owner")?.map(ProcessId::from),
        lease_until: optional_moment(row, 5, "lease_until")?,
    })
}

/// The columns of `open_lanes.sql`; the lane's keys are not yet read.
pub(super) fn lease(row: &PgRow) -> Result<LaneLease> {
    Ok(LaneLease {
        lane: lane(row)?,
        checkpoint: position(row, 3, "checkpoint")?,
        partitions: small(row, 4, "partitions")?,
        parked: Vec::new(),
    })
}

/// `handler, partition, epoch`.
pub(super) fn lane(row: &PgRow) -> Result<Lane> {
    Ok(Lane { handler: name(row)?, partition: small(row, 1, "partition")?, epoch: number(row, 2, "epoch")? })
}

/// `key, from_position`.
pub(super) fn parked_key(row: &PgRow) -> Result<ParkedKey> {
    Ok(ParkedKey { key: text(row, 0, "key")?.to_owned(), from: position(row, 1, "from_position")? })
}

/// `process, build, handlers, started_at, alive_until`.
pub(super) fn process(row: &PgRow) -> Result<ProcessRow> {
    let handlers = serde_json::from_str(text(row, 2, "handlers")?);
    Ok(ProcessRow {
        process: text(row, 0, "process")?.into(),
        build: text(row, 1, "build")?.to_owned(),
        handlers: handlers.map_err(|error| Damage::new("handlers", error))?,
        started_at: moment(row, 3, "started_at")?,
        until: moment(row, 4, "alive_until")?,
    })
}

fn name(row: &PgRow) -> Result<HandlerName> {
    text(row, 0, "handler").map(HandlerName::from)
}

fn position(row: &PgRow, index: usize, column: &'static str) -> Result<Position> {
    number(row, index, column).map(Position::new)
}

pub(super) fn damaged(damage: Damage) -> Error {
    damage.into_error_in("a row of the durable handlers")
}
