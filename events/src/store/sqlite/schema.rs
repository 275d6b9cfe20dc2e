//! Whose file it is, and which schema it has.

use rusqlite::{Connection, TransactionBehavior};

use super::error::store_error;
use crate::clock;
use crate::error::{Error, ErrorKind};

/// `evts` in ASCII: what `PRAGMA application_id` of an event store says.
const APPLICATION_ID: i64 = 0x6576_7473;
/// The version of `schema.sql`.
const SCHEMA_VERSION: i64 = 1;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// It is new.
    Nothing,
    /// An event store with the schema of this program.
    Store,
}

/// Looks at a database without changing it, and refuses what isn't ours to write to.
pub(super) fn look(connection: &Connection) -> Result<Found, Error> {
    let application: i64 = pragma(connection, "application_id")?;
    let version: i64 = pragma(connection, "user_version")?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(store_error)?;
    match (application, version, tables) {
        (0, 0, 0) => Ok(Found::Nothing),
        (APPLICATION_ID, SCHEMA_VERSION, _) => Ok(Found::Store),
        (APPLICATION_ID, newer, _) if newer > SCHEMA_VERSION => Err(Error::new(
            ErrorKind::Unsupported,
            format!(
                "the store was written by a newer version of this program (schema version {newer}, known is \
                 {SCHEMA_VERSION}): update the program"
            ),
        )),
        (APPLICATION_ID, other, _) => Err(Error::new(
            ErrorKind::Decode,
            format!("the store has schema version {other}, which never existed: restore it from a backup"),
        )),
        (0, _, _) => Err(Error::new(
            ErrorKind::Invalid,
            "the file is an SQLite database with other tables and no event store: give a path of its own",
        )),
        (other, _, _) => Err(Error::new(
            ErrorKind::Invalid,
            format!("the file belongs to another application (application_id {other}): give a path of its own"),
        )),
    }
}

/// Makes the schema in one transaction, unless another process has done so meanwhile.
pub(super) fn create(connection: &Connection) -> Result<(), Error> {
    let transaction =
        rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate).map_err(store_error)?;
    if look(&transaction)? == Found::Nothing {
        fill(&transaction).map_err(store_error)?;
    }
    transaction.commit().map_err(store_error)
}

fn fill(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(include_str!("schema.sql"))?;
    connection.execute(
        "INSERT INTO schema_history (schema_version, applied_at, applied_by) VALUES (?1, ?2, ?3)",
        (SCHEMA_VERSION, clock::system_now().timestamp_micros(), concat!("events ", env!("CARGO_PKG_VERSION"))),
    )?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", SCHEMA_VERSION)
}

fn pragma(connection: &Connection, name: &str) -> Result<i64, Error> {
    connection.pragma_query_value(None, name, |row| row.get(0)).map_err(store_error)
}
