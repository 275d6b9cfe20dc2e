//! Whose file it is, which schema it has, and how it gets the one of this program.

use rusqlite::{Connection, TransactionBehavior};

use super::conditions::json;
use super::error::store_error;
use crate::clock;
use crate::error::{Error, ErrorKind};

/// `evts` in ASCII: what `PRAGMA application_id` of an event store says.
const APPLICATION_ID: i64 = 0x6576_7473;

/// The schema of this program.
pub(super) const SCHEMA: Schema = Schema(&[
    Version { sql: include_str!("schema/version_1.sql"), tables: TABLES },
    Version { sql: include_str!("schema/version_2.sql"), tables: TABLES },
]);

/// What a store can't do without. A handler may have tables of its own beside them.
const TABLES: &[&str] = &[
    "schema_history",
    "streams",
    "events",
    "snapshots",
    "handlers",
    "handler_lanes",
    "former_handlers",
    "parked_keys",
    "processes",
    "letters",
    "letter_attempts",
    "operations",
];

/// The versions that the schema has had, from 1 on; the last one is the program's.
pub(super) struct Schema(&'static [Version]);

/// A version of the schema.
pub(super) struct Version {
    /// Makes it of the one before; the first of an empty database.
    sql: &'static str,
    tables: &'static [&'static str],
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// It is new.
    Nothing,
    /// An event store with the schema of an earlier version of this program.
    Older(i64),
    /// An event store with the schema of this program.
    Current,
}

impl Schema {
    /// Looks at a database without changing it, and refuses what isn't ours to write to.
    pub(super) fn look(&self, connection: &Connection) -> Result<Found, Error> {
        let current = self.current();
        let application: i64 = pragma(connection, "application_id")?;
        let version: i64 = pragma(connection, "user_version")?;
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(store_error)?;
        match (application, version, tables) {
            (0, 0, 0) => Ok(Found::Nothing),
            (APPLICATION_ID, version, _) if (1..=current).contains(&version) => {
                self.check(connection, version)?;
                Ok(if version == current { Found::Current } else { Found::Older(version) })
            }
            (APPLICATION_ID, newer, _) if newer > current => Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "the store was written by a newer version of this program (schema version {newer}, known is \
                     {current}): update the program"
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

    /// Looks at a database that can't be changed, and refuses what can't be read as it is.
    pub(super) fn look_to_read(&self, connection: &Connection) -> Result<(), Error> {
        match self.look(connection)? {
            Found::Current => Ok(()),
            Found::Nothing => Err(Error::new(
                ErrorKind::Invalid,
                "the file is empty and no event store yet: a program that writes has to open it first",
            )),
            Found::Older(version) => Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "the store has schema version {version}, and this program reads {}: open it once for writing, \
                     which brings it up to date",
                    self.current()
                ),
            )),
        }
    }

    /// Makes the schema in an empty database, or brings that of an older one up to date. Each version
    /// is a transaction, which looks again when it has the write lock: another process may have been
    /// faster.
    pub(super) fn bring_up_to_date(&self, connection: &Connection) -> Result<(), Error> {
        loop {
            let behavior = TransactionBehavior::Immediate;
            let transaction = rusqlite::Transaction::new_unchecked(connection, behavior).map_err(store_error)?;
            let version = match self.look(&transaction)? {
                Found::Current => return transaction.finish().map_err(store_error),
                Found::Nothing => 1,
                Found::Older(version) => version + 1,
            };
            apply(&transaction, version, self.version(version)?.sql).map_err(store_error)?;
            transaction.commit().map_err(store_error)?;
        }
    }

    fn current(&self) -> i64 {
        i64::try_from(self.0.len()).unwrap_or(i64::MAX)
    }

    fn version(&self, number: i64) -> Result<&'static Version, Error> {
        let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        let unknown = || Error::new(ErrorKind::Internal, format!("there is no schema version {number}"));
        index.and_then(|index| self.0.get(index)).ok_or_else(unknown)
    }

    /// Fails if a table is missing: the file says it is a store, and isn't.
    fn check(&self, connection: &Connection, version: i64) -> Result<(), Error> {
        const MISSING: &str = "SELECT value FROM json_each(?1) \
                               WHERE value NOT IN (SELECT name FROM sqlite_schema WHERE type = 'table') LIMIT 1";
        let tables = json(self.version(version)?.tables)?;
        let mut statement = connection.prepare(MISSING).map_err(store_error)?;
        let mut missing = statement.query([tables]).map_err(store_error)?;
        let Some(row) = missing.next().map_err(store_error)? else { return Ok(()) };
        let table: String = row.get(0).map_err(store_error)?;
        let message = format!("the store has lost its table `{table}`: restore it from a backup");
        Err(Error::new(ErrorKind::Decode, message))
    }
}

fn apply(connection: &Connection, version: i64, sql: &str) -> rusqlite::Result<()> {
    connection.execute_batch(sql)?;
    connection.execute(
        "INSERT INTO schema_history (schema_version, applied_at, applied_by) VALUES (?1, ?2, ?3)",
        (version, clock::system_now().timestamp_micros(), concat!("events ", env!("CARGO_PKG_VERSION"))),
    )?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", version)
}

fn pragma(connection: &Connection, name: &str) -> Result<i64, Error> {
    connection.pragma_query_value(None, name, |row| row.get(0)).map_err(store_error)
}

#[cfg(test)]
mod tests;
