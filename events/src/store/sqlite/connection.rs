//! Opening connections: what each of them is told before it is used.

use std::fs;
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::error::store_error;
use super::frozen::Frozen;
use super::lock::is_busy;
use super::options::{Location, SqliteOptions, Synchronous};
use super::schema::{Found, SCHEMA};
use super::wal;
use crate::error::{Error, ErrorKind};

/// More than the statements of this backend, so that none is ever prepared twice.
const STATEMENTS: usize = 128;
/// Kibibytes of pages that a connection keeps in memory.
const CACHE: i64 = 16 * 1024;
/// How long to wait before the journal is tried to be changed again.
const BUSY_PAUSE: Duration = Duration::from_millis(2);

/// Opens the one connection that writes, makes the schema in an empty database, and brings an older
/// one up to date.
pub(super) fn open_writer(options: &SqliteOptions) -> Result<Connection, Error> {
    let connection = open(options, OpenFlags::SQLITE_OPEN_CREATE).map_err(store_error)?;
    // A file that turns out not to be ours is left exactly as it is, its journal included.
    keep_journal(&connection, true).map_err(store_error)?;
    // One reading transaction: another process may be making the schema just now.
    let looking = connection.unchecked_transaction().map_err(store_error)?;
    let found = SCHEMA.look(&looking)?;
    looking.finish().map_err(store_error)?;
    keep_journal(&connection, false).map_err(store_error)?;
    configure(&connection, options).map_err(store_error)?;
    if found != Found::Current {
        SCHEMA.bring_up_to_date(&connection)?;
    }
    // The log of changes is made with the first look into the file, which this may be.
    connection.pragma_query_value(None, "schema_version", |row| row.get::<_, i64>(0)).map_err(store_error)?;
    Ok(connection)
}

/// Opens one more connection that writes to a store that is open already.
pub(super) fn open_another_writer(options: &SqliteOptions) -> Result<Connection, Error> {
    let connection = open(options, OpenFlags::empty()).map_err(store_error)?;
    configure(&connection, options).map_err(store_error)?;
    Ok(connection)
}

/// A database in memory is one that several connections of the process can have open, under a name:
/// SQLite's `memdb`. The last of them takes it along.
fn open(options: &SqliteOptions, create: OpenFlags) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
    let connection = match options.location() {
        Location::File(path) => Connection::open_with_flags(path, flags),
        Location::Memory(number) => {
            Connection::open_with_flags(memory_uri(*number), flags | OpenFlags::SQLITE_OPEN_URI)
        }
    }?;
    set_up(&connection, options)?;
    Ok(connection)
}

fn memory_uri(number: u64) -> String {
    format!("file:/events-{number}?vfs=memdb")
}

/// Opens a connection that sees the database in memory as `memory`, beside an empty one of its own.
pub(super) fn open_beside_memory(options: &SqliteOptions) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_in_memory_with_flags(flags)?;
    connection.busy_timeout(options.busy_timeout())?;
    if let Location::Memory(number) = options.location() {
        connection.execute("ATTACH ?1 AS memory", [memory_uri(*number)])?;
    }
    Ok(connection)
}

/// Opens a connection that reads a file.
pub(super) fn open_reader(options: &SqliteOptions, frozen: Option<&Frozen>) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match frozen.and_then(Frozen::uri) {
        Some(uri) => Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI),
        None => Connection::open_with_flags(options.path().unwrap_or_else(|| Path::new(":memory:")), flags),
    }?;
    set_up(&connection, options)?;
    Ok(connection)
}

/// Looks whether there is a store to read, and says how: `Some` if SQLite can do it only as long as
/// nobody changes the file.
pub(super) fn look_to_read(options: &SqliteOptions) -> Result<Option<Frozen>, Error> {
    let path = options.path().ok_or_else(|| {
        Error::new(ErrorKind::Invalid, "a database in memory is new, and can't be opened read-only: give a path")
    })?;
    if let Err(error) = fs::metadata(path) {
        let kind = if error.kind() == io::ErrorKind::NotFound { ErrorKind::NotFound } else { ErrorKind::Unavailable };
        return Err(Error::new(kind, "the database isn't there to be read").with_source(error));
    }
    let look = |frozen: Option<&Frozen>| -> rusqlite::Result<Connection> {
        let connection = open_reader(options, frozen)?;
        // SQLite looks at the file only now.
        connection.pragma_query_value(None, "schema_version", |row| row.get::<_, i64>(0))?;
        Ok(connection)
    };
    let (connection, frozen) = match look(None) {
        Ok(connection) => (connection, None),
        // It can't make the files beside it, by whatever is in the way.
        Err(error) if matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)) => {
            let Ok(Some(frozen)) = Frozen::look(path) else { return Err(store_error(error)) };
            (look(Some(&frozen)).map_err(store_error)?, Some(frozen))
        }
        Err(error) => return Err(store_error(error)),
    };
    SCHEMA.look_to_read(&connection)?;
    Ok(frozen)
}

fn set_up(connection: &Connection, options: &SqliteOptions) -> rusqlite::Result<()> {
    connection.busy_timeout(options.busy_timeout())?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Otherwise a statement is prepared anew whenever a value is bound that might change its plan.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "cache_size", -CACHE)
}

fn configure(connection: &Connection, options: &SqliteOptions) -> rusqlite::Result<()> {
    if options.path().is_some() {
        use_wal(connection, options.busy_timeout())?;
        connection.pragma_update(None, "journal_size_limit", wal::LIMIT)?;
    }
    let synchronous = match options.synchronous() {
        Synchronous::Full => "full",
        Synchronous::Normal => "normal",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    // On macOS a plain sync ends in the disk's own memory; elsewhere this changes nothing.
    connection.pragma_update(None, "fullfsync", options.synchronous() == Synchronous::Full)?;
    connection.pragma_update(None, "checkpoint_fullfsync", options.synchronous() == Synchronous::Full)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    if let Some(bytes) = options.max_bytes() {
        let page: u32 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages = u32::try_from(bytes / u64::from(page.max(1))).unwrap_or(u32::MAX - 1).max(1);
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    }
    Ok(())
}

/// Changes the journal. Where two connections do it at once SQLite refuses one of them without
/// waiting, so the waiting is done here.
fn use_wal(connection: &Connection, limit: Duration) -> rusqlite::Result<()> {
    let started = Instant::now();
    loop {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(error) if is_busy(&error) && started.elapsed() < limit => thread::sleep(BUSY_PAUSE),
            done => return done,
        }
    }
}

fn keep_journal(connection: &Connection, keep: bool) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep).map(drop)
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;
    use crate::store::LogQuery;
    use crate::store::sqlite::read;

    #[test]
    fn every_connection_that_writes_syncs_as_it_is_told() {
        for (synchronous, expected) in [(Synchronous::Full, (2, 1, 1)), (Synchronous::Normal, (1, 0, 0))] {
            let folder = tempfile::tempdir().unwrap();
            let options = SqliteOptions::new(folder.path().join("x.db")).with_synchronous(synchronous);
            let options = options.absolute().unwrap();
            for connection in [open_writer(&options).unwrap(), open_another_writer(&options).unwrap()] {
                let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
                assert_eq!((pragma("synchronous"), pragma("fullfsync"), pragma("checkpoint_fullfsync")), expected);
                assert_eq!(pragma("journal_size_limit"), i64::from(wal::LIMIT));
            }
        }
        assert_eq!(SqliteOptions::in_memory().synchronous(), Synchronous::Full);
    }

    /// Guards: SQLite prepared a statement anew for every other limit.
    #[test]
    fn a_statement_is_prepared_once_whatever_is_bound() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions::new(folder.path().join("x.db")).absolute().unwrap();
        let _writer = open_writer(&options).unwrap();
        let reader = open_reader(&options, None).unwrap();
        let (sql, _) = read::select("SELECT position FROM events", &LogQuery::new()).unwrap();
        let mut statement = reader.prepare(&sql).unwrap();
        for (after, limit) in [(0, 10), (7, 1_000), (99, 1)] {
            assert!(!statement.exists([after, limit]).unwrap());
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
