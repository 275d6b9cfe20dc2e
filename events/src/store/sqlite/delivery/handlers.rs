//! Which handlers there are: registering, reading and changing them.

use rusqlite::{Connection, OptionalExtension, params};

use super::super::conditions::json;
use super::super::error::store_error;
use super::super::letters;
use super::super::read as log;
use super::super::rows::clamped;
use super::processes::processes;
use super::rows;
use crate::error::Error;
use crate::id::HandlerName;
use crate::store::{
    BeginsAt, HandlerAction, HandlerChange, HandlerDeclaration, HandlerRow, HandlerState, LetterId, RegisterHandlers,
    limits,
};

pub(in super::super) fn register(
    connection: &Connection,
    register: &RegisterHandlers,
) -> Result<Vec<HandlerRow>, Error> {
    let declare = |declared| declare(connection, declared, register).map_err(rows::damaged);
    register.handlers.iter().map(declare).collect()
}

fn declare(
    connection: &Connection,
    declared: &HandlerDeclaration,
    register: &RegisterHandlers,
) -> rusqlite::Result<HandlerRow> {
    const BUILD: &str = "UPDATE handlers SET build = ?2 WHERE handler = ?1 AND build <> ?2";
    let name = &declared.name;
    if !is_known(connection, name)? {
        match &declared.renamed_from {
            Some(old) if is_known(connection, old)? => rename(connection, old, name)?,
            _ => insert(connection, declared, register)?,
        }
    }
    connection.prepare_cached(BUILD)?.execute([name.as_str(), &declared.build])?;
    let mut row = rows::handlers(connection, Some(name))?;
    row.pop().ok_or(rusqlite::Error::QueryReturnedNoRows)
}

fn is_known(connection: &Connection, handler: &HandlerName) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT 1 FROM handlers WHERE handler = ?1")?.exists([handler.as_str()])
}

/// The lanes and parked keys follow the name by themselves.
fn rename(connection: &Connection, old: &HandlerName, new: &HandlerName) -> rusqlite::Result<()> {
    const NAME: &str = "UPDATE handlers SET handler = ?2 WHERE handler = ?1";
    const LETTERS: &str = "UPDATE letters SET handler = ?2 WHERE handler = ?1";
    let names = [old.as_str(), new.as_str()];
    note_epoch(connection, old)?;
    connection.prepare_cached(NAME)?.execute(names)?;
    connection.prepare_cached(include_str!("../sql/free_renamed_lanes.sql"))?.execute([new.as_str()])?;
    connection.prepare_cached(include_str!("../sql/delete_replaced_letters.sql"))?.execute(names)?;
    connection.prepare_cached(LETTERS)?.execute(names).map(drop)
}

fn insert(connection: &Connection, declared: &HandlerDeclaration, register: &RegisterHandlers) -> rusqlite::Result<()> {
    let from = match declared.begins {
        BeginsAt::Start => 0,
        BeginsAt::Now => log::last_position(connection)?,
    };
    let (name, at) = (declared.name.as_str(), register.at.timestamp_micros());
    let replay_until: i64 = match &declared.previous {
        Some(previous) => {
            let mut handled = connection.prepare_cached(include_str!("../sql/handled_before.sql"))?;
            handled.query_row([previous.as_str()], |row| row.get(0)).optional()?.unwrap_or(0)
        }
        None => 0,
    };
    let (begins, state) = (declared.begins.as_str(), HandlerState::Running.as_str());
    let values = params![name, begins, from, state, at, declared.build, replay_until];
    connection.prepare_cached(include_str!("../sql/insert_handler.sql"))?.execute(values)?;
    let mut lane = connection.prepare_cached(include_str!("../sql/insert_lane.sql"))?;
    (0..declared.partitions).try_for_each(|partition| lane.execute(params![name, partition, from]).map(drop))
}

/// Keeps the last epoch of a name that is given up: whoever bears it later has other ones, so that
/// the owners of now can write nothing then either.
fn note_epoch(connection: &Connection, handler: &HandlerName) -> rusqlite::Result<()> {
    connection.prepare_cached(include_str!("../sql/note_epoch.sql"))?.execute([handler.as_str()]).map(drop)
}

pub(in super::super) fn read(connection: &Connection) -> Result<Vec<HandlerRow>, Error> {
    log::in_snapshot(connection, |connection| rows::handlers(connection, None)).map_err(rows::damaged)
}

pub(in super::super) fn change(connection: &Connection, change: &HandlerChange) -> Result<bool, Error> {
    if !is_known(connection, &change.handler).map_err(store_error)? {
        return Ok(false);
    }
    if change.action == HandlerAction::Remove {
        limits::check_removal(change, &processes(connection, change.at)?)?;
    }
    let discarded = apply(connection, change).map_err(store_error)?;
    let mut audit = connection.prepare_cached(include_str!("../sql/insert_operation.sql")).map_err(store_error)?;
    let HandlerChange { handler, action, by, reason, at } = change;
    let values =
        params![action.as_str(), by, reason, at.timestamp_micros(), json(&discarded)?, handler.as_str(), None::<&str>];
    audit.execute(values).map_err(store_error)?;
    Ok(true)
}

/// Answers with the letters that there is nothing left to do about.
fn apply(connection: &Connection, change: &HandlerChange) -> rusqlite::Result<Vec<LetterId>> {
    const REMOVE: &str = "DELETE FROM handlers WHERE handler = ?1";
    let (handler, at) = (&change.handler, change.at.timestamp_micros());
    match change.action {
        HandlerAction::Pause => enter(connection, handler, HandlerState::Paused, Some(&change.reason), at)?,
        HandlerAction::Resume => enter(connection, handler, HandlerState::Running, None, at)?,
        HandlerAction::Reset { to } => {
            reset(connection, handler, clamped(to.value()))?;
            return letters::discard_open(connection, handler, at);
        }
        HandlerAction::Rebuild => {
            const FROM: &str = "SELECT from_position FROM handlers WHERE handler = ?1";
            connection.prepare_cached(include_str!("../sql/rebuild_lanes.sql"))?.execute([handler.as_str()])?;
            let from = connection.prepare_cached(FROM)?.query_row([handler.as_str()], |row| row.get(0))?;
            reset(connection, handler, from)?;
            return letters::discard_open(connection, handler, at);
        }
        HandlerAction::Remove => {
            note_epoch(connection, handler)?;
            connection.prepare_cached(REMOVE)?.execute([handler.as_str()])?;
            return letters::discard_open(connection, handler, at);
        }
    }
    Ok(Vec::new())
}

/// Its lanes begin after a position, and nobody has them.
fn reset(connection: &Connection, handler: &HandlerName, to: i64) -> rusqlite::Result<()> {
    const KEYS: &str = "DELETE FROM parked_keys WHERE handler = ?1";
    let mut lanes = connection.prepare_cached(include_str!("../sql/reset_lanes.sql"))?;
    lanes.execute(params![handler.as_str(), to])?;
    connection.prepare_cached(KEYS)?.execute([handler.as_str()]).map(drop)
}

/// Changes the state; since when it is there stays, if it was there before.
pub(super) fn enter(
    connection: &Connection,
    handler: &HandlerName,
    state: HandlerState,
    reason: Option<&str>,
    at: i64,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(include_str!("../sql/enter_state.sql"))?;
    statement.execute(params![handler.as_str(), state.as_str(), reason, at]).map(drop)
}
