//! Processes: who is alive.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use super::super::conditions::json;
use super::super::error::store_error;
use super::rows;
use crate::error::Error;
use crate::id::ProcessId;
use crate::store::{Beat, Lane, ProcessRow};

pub(in super::super) fn beat(connection: &Connection, beat: &Beat) -> Result<Vec<Lane>, Error> {
    let handlers = json(&beat.handlers)?;
    renew(connection, beat, handlers).map_err(store_error)?;
    let mut held = connection.prepare_cached(include_str!("../sql/held_lanes.sql")).map_err(store_error)?;
    let lanes = held.query_map([beat.process.as_str()], rows::lane).map_err(store_error)?;
    lanes.collect::<rusqlite::Result<_>>().map_err(rows::damaged)
}

fn renew(connection: &Connection, beat: &Beat, handlers: rusqlite::types::Value) -> rusqlite::Result<()> {
    const FORGET: &str = "DELETE FROM processes WHERE alive_until <= ?1";
    const RENEW: &str = "UPDATE handler_lanes SET lease_until = ?2 WHERE owner = ?1";
    let (process, at, until) = (beat.process.as_str(), beat.at.timestamp_micros(), beat.until.timestamp_micros());
    connection.prepare_cached(FORGET)?.execute([at])?;
    let mut note = connection.prepare_cached(include_str!("../sql/note_process.sql"))?;
    note.execute(params![process, beat.build, handlers, at, until])?;
    connection.prepare_cached(RENEW)?.execute(params![process, until]).map(drop)
}

pub(in super::super) fn processes(connection: &Connection, now: DateTime<Utc>) -> Result<Vec<ProcessRow>, Error> {
    const ALIVE: &str = "SELECT process, build, handlers, started_at, alive_until FROM processes \
                         WHERE alive_until > ?1 ORDER BY process";
    let mut alive = connection.prepare_cached(ALIVE).map_err(store_error)?;
    let processes = alive.query_map([now.timestamp_micros()], rows::process).map_err(store_error)?;
    processes.collect::<rusqlite::Result<_>>().map_err(rows::damaged)
}

pub(in super::super) fn end_process(connection: &Connection, process: &ProcessId) -> Result<(), Error> {
    const FORGET: &str = "DELETE FROM processes WHERE process = ?1";
    const FREE: &str = "UPDATE handler_lanes SET owner = NULL, lease_until = NULL WHERE owner = ?1";
    for sql in [FORGET, FREE] {
        let mut statement = connection.prepare_cached(sql).map_err(store_error)?;
        statement.execute([process.as_str()]).map_err(store_error)?;
    }
    Ok(())
}
