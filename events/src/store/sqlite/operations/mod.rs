//! What operators have done and asked for.

mod request;
mod rows;
mod run;

pub(super) use request::{claim, finish, request};
pub(super) use run::{advance, progress, stop};

use rusqlite::{Connection, OptionalExtension, Params};

use super::error::store_error;
use super::letters::rows::damaged;
use super::rows::limit;
use crate::error::Error;
use crate::store::{Operation, OperationId};

/// The newest first.
pub(super) fn newest(connection: &Connection, most: usize) -> Result<Vec<Operation>, Error> {
    const NEWEST: &str = concat!(include_str!("../sql/read_operations.sql"), " ORDER BY operation_id DESC LIMIT ?1");
    read(connection, NEWEST, [limit(most)])
}

pub(super) fn open(connection: &Connection) -> Result<Vec<Operation>, Error> {
    const OPEN: &str = concat!(
        include_str!("../sql/read_operations.sql"),
        " WHERE state IN ('requested', 'running') ORDER BY operation_id"
    );
    read(connection, OPEN, [])
}

pub(super) fn get(connection: &Connection, id: OperationId) -> Result<Option<Operation>, Error> {
    const ONE: &str = concat!(include_str!("../sql/read_operations.sql"), " WHERE operation_id = ?1");
    Ok(read(connection, ONE, [id.value()])?.pop())
}

pub(super) fn last(connection: &Connection) -> Result<Option<OperationId>, Error> {
    const LAST: &str = "SELECT operation_id FROM operations ORDER BY operation_id DESC LIMIT 1";
    let mut statement = connection.prepare_cached(LAST).map_err(store_error)?;
    statement.query_row([], |row| row.get(0).map(OperationId::new)).optional().map_err(store_error)
}

fn read(connection: &Connection, sql: &str, values: impl Params) -> Result<Vec<Operation>, Error> {
    let mut statement = connection.prepare_cached(sql).map_err(store_error)?;
    let operations = statement.query_map(values, rows::operation).map_err(store_error)?;
    operations.collect::<rusqlite::Result<_>>().map_err(damaged)
}
