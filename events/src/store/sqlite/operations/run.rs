//! Runs: beginning their letters, counting them, and stopping.

use rusqlite::{Connection, OptionalExtension, params};

use super::super::conditions::json;
use super::super::error::store_error;
use super::super::rows::{clamped, limit};
use crate::error::Error;
use crate::store::{AdvanceRun, LetterId, LetterStatus, OperationId, Request, RunProgress, RunStep, StopRun};

pub(in super::super) fn advance(connection: &Connection, advance: &AdvanceRun) -> Result<Option<RunStep>, Error> {
    let Some(place) = held(connection, advance).map_err(store_error)? else { return Ok(None) };
    let (id, at) = (advance.id.value(), advance.at.timestamp_micros());
    let (begun, place) = begin(connection, advance, place, at).map_err(store_error)?;
    const PLACE: &str = "UPDATE operations SET run_place = ?2 WHERE operation_id = ?1";
    connection.prepare_cached(PLACE).and_then(|mut write| write.execute([id, place])).map_err(store_error)?;
    let left = counted(connection, advance.id, 0, place).map_err(store_error)?.waiting;
    Ok(Some(RunStep { begun, more: left > 0 }))
}

/// How far the run has got, if it is in the hands that name it.
fn held(connection: &Connection, advance: &AdvanceRun) -> rusqlite::Result<Option<i64>> {
    const HELD: &str = "SELECT run_place FROM operations WHERE operation_id = ?1 AND epoch = ?2 AND state = 'running'";
    let values = [advance.id.value(), clamped(advance.epoch)];
    connection.prepare_cached(HELD)?.query_row(values, |row| row.get(0)).optional()
}

fn begin(connection: &Connection, advance: &AdvanceRun, after: i64, at: i64) -> rusqlite::Result<(Vec<LetterId>, i64)> {
    let (run, most) = (advance.id.value(), limit(advance.letters));
    let mut next = connection.prepare_cached(include_str!("../sql/next_of_run.sql"))?;
    let mut redrive = connection.prepare_cached(include_str!("../sql/redrive_letter.sql"))?;
    let (mut begun, mut last) = (Vec::new(), after);
    let mut letters = next.query([run, after, most])?;
    let mut due: Vec<i64> = Vec::new();
    while let Some(letter) = letters.next()? {
        last = letter.get(1)?;
        if letter.get_ref(2)?.as_str()? == LetterStatus::Dead.as_str() {
            due.push(letter.get(0)?);
        }
    }
    for letter in due {
        redrive.execute([letter, at, run])?;
        begun.push(LetterId::new(letter));
    }
    Ok((begun, last))
}

pub(in super::super) fn progress(connection: &Connection, id: OperationId) -> Result<Option<RunProgress>, Error> {
    const RUN: &str = "SELECT total, run_place FROM operations \
                       WHERE operation_id = ?1 AND action = 'redrive' AND request IS NOT NULL";
    let mut run = connection.prepare_cached(RUN).map_err(store_error)?;
    let run: Option<(i64, i64)> = run.query_row([id.value()], |row| row.try_into()).optional().map_err(store_error)?;
    let Some((total, place)) = run else { return Ok(None) };
    counted(connection, id, total.unsigned_abs(), place).map(Some).map_err(store_error)
}

/// Counts the letters of a run that has got to a place.
fn counted(connection: &Connection, id: OperationId, total: u64, place: i64) -> rusqlite::Result<RunProgress> {
    let mut count = connection.prepare_cached(include_str!("../sql/run_progress.sql"))?;
    count.query_row([id.value(), place], |row| {
        let number = |index| row.get::<_, i64>(index).map(i64::unsigned_abs);
        Ok(RunProgress {
            total,
            waiting: number(0)?,
            retrying: number(1)?,
            resolved: number(2)?,
            failed: number(3)?,
            discarded: number(4)?,
        })
    })
}

pub(in super::super) fn stop(connection: &Connection, stop: &StopRun) -> Result<bool, Error> {
    let (id, at) = (stop.id.value(), stop.at.timestamp_micros());
    let mut statement = connection.prepare_cached(include_str!("../sql/stop_run.sql")).map_err(store_error)?;
    let stopped = statement.query_row(params![id, stop.by, at], |row| row.get(0)).optional().map_err(store_error)?;
    let Some(handler) = stopped else { return Ok(false) };
    let handler: Option<String> = handler;
    let mut audit = connection.prepare_cached(include_str!("../sql/insert_stop.sql")).map_err(store_error)?;
    let values = params![stop.by, stop.reason, at, handler, json(&Request::Stop { run: stop.id })?];
    audit.execute(values).map_err(store_error)?;
    Ok(true)
}
