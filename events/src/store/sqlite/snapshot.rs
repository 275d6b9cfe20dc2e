//! Snapshots.

use rusqlite::{Connection, OptionalExtension, params};

use super::error::store_error;
use super::rows;
use crate::clock;
use crate::error::{Error, ErrorKind};
use crate::event::Payload;
use crate::id::{StreamId, Version};
use crate::store::{Snapshot, limits};

pub(super) fn load(connection: &Connection, stream: &StreamId) -> Result<Option<Snapshot>, Error> {
    const LOAD: &str = "SELECT version, fingerprint, taken_at, state FROM snapshots \
                        WHERE aggregate = ?1 AND aggregate_id = ?2";
    let mut statement = connection.prepare_cached(LOAD).map_err(store_error)?;
    let id = stream.id().to_string();
    let found = statement
        .query_row([stream.aggregate().as_str(), &id], |row| <(i64, i64, i64, String)>::try_from(row))
        .optional();
    let Some((version, fingerprint, taken_at, state)) = found.map_err(|error| damaged(stream, error))? else {
        return Ok(None);
    };
    let out_of_range = || Error::new(ErrorKind::Decode, format!("the snapshot of stream `{stream}` has no valid time"));
    Ok(Some(Snapshot {
        stream: stream.clone(),
        version: Version::new(version.unsigned_abs()),
        fingerprint: fingerprint.cast_unsigned(),
        taken_at: rows::time(taken_at).ok_or_else(out_of_range)?,
        state: Payload::from_json(state),
    }))
}

/// A value of the wrong kind is damage to the data; everything else is a failure of SQLite.
fn damaged(stream: &StreamId, error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(_) => store_error(error),
        None => {
            Error::new(ErrorKind::Decode, format!("can't read the snapshot of stream `{stream}`")).with_source(error)
        }
    }
}

pub(super) fn save(connection: &Connection, snapshot: &Snapshot) -> Result<(), Error> {
    let version = limits::check_number("version of the snapshot", snapshot.version.value())?;
    let mut statement = connection.prepare_cached(include_str!("sql/save_snapshot.sql")).map_err(store_error)?;
    let values = params![
        snapshot.stream.aggregate().as_str(),
        snapshot.stream.id().to_string(),
        version,
        snapshot.fingerprint.cast_signed(),
        clock::cut(snapshot.taken_at).timestamp_micros(),
        snapshot.state.as_json(),
    ];
    statement.execute(values).map(drop).map_err(store_error)
}

pub(super) fn delete(connection: &Connection, stream: &StreamId) -> Result<(), Error> {
    const DELETE: &str = "DELETE FROM snapshots WHERE aggregate = ?1 AND aggregate_id = ?2";
    let mut statement = connection.prepare_cached(DELETE).map_err(store_error)?;
    let id = stream.id().to_string();
    statement.execute([stream.aggregate().as_str(), &id]).map(drop).map_err(store_error)
}
