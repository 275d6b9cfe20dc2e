use std::path::Path;
use std::sync::Barrier;
use std::time::Duration;

use super::*;

const NOTES: Version = Version {
    sql: "CREATE TABLE schema_history (schema_version INTEGER PRIMARY KEY, applied_at INTEGER, applied_by TEXT);
          CREATE TABLE notes (text TEXT);",
    tables: &["schema_history", "notes"],
};

const AUTHORS: Version = Version {
    sql: "ALTER TABLE notes ADD COLUMN author TEXT; UPDATE notes SET author = 'nobody';",
    tables: &["schema_history", "notes"],
};

const FIRST: Schema = Schema(&[NOTES]);

/// A schema that has come a long way: `notes` has got a second column, and another name then.
const THIRD: Schema = Schema(&[
    NOTES,
    AUTHORS,
    Version { sql: "ALTER TABLE notes RENAME TO remarks;", tables: &["schema_history", "remarks"] },
]);

/// As the third, with a step to it that fails half-way.
const BROKEN: Schema = Schema(&[
    NOTES,
    AUTHORS,
    Version {
        sql: "DELETE FROM notes; ALTER TABLE nowhere RENAME TO remarks;",
        tables: &["schema_history", "remarks"],
    },
]);

fn open(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.busy_timeout(Duration::from_secs(30)).unwrap();
    connection
}

/// A database of the first version with a note in it.
fn first() -> (tempfile::TempDir, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let connection = open(&folder.path().join("notes.db"));
    FIRST.bring_up_to_date(&connection).unwrap();
    connection.execute("INSERT INTO notes VALUES ('buy milk')", []).unwrap();
    (folder, connection)
}

fn history(connection: &Connection) -> Vec<i64> {
    let mut statement = connection.prepare("SELECT schema_version FROM schema_history ORDER BY 1").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn an_older_file_goes_through_all_steps() {
    let (_folder, connection) = first();
    assert_eq!(THIRD.look(&connection).unwrap(), Found::Older(1));
    let error = THIRD.look_to_read(&connection).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("open it once for writing"), "{error}");
    THIRD.bring_up_to_date(&connection).unwrap();
    THIRD.look_to_read(&connection).unwrap();
    let note = connection.query_row("SELECT text, author FROM remarks", [], |row| row.try_into());
    assert_eq!(note, Ok(("buy milk".to_owned(), "nobody".to_owned())));
    assert_eq!(history(&connection), [1, 2, 3]);
    // There is no way back.
    assert_eq!(FIRST.look(&connection).unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn a_step_that_fails_leaves_the_version_before_it() {
    let (_folder, connection) = first();
    BROKEN.bring_up_to_date(&connection).unwrap_err();
    assert_eq!(BROKEN.look(&connection).unwrap(), Found::Older(2));
    assert_eq!(history(&connection), [1, 2]);
    THIRD.bring_up_to_date(&connection).unwrap();
    assert_eq!(connection.query_row("SELECT text FROM remarks", [], |row| row.get(0)), Ok("buy milk".to_owned()));
}

/// Each of them opens the file before any has changed it.
#[test]
fn several_that_open_it_at_once_change_it_once() {
    let (folder, connection) = first();
    drop(connection);
    let barrier = Barrier::new(4);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let connection = open(&folder.path().join("notes.db"));
                assert_eq!(THIRD.look(&connection).unwrap(), Found::Older(1));
                barrier.wait();
                THIRD.bring_up_to_date(&connection).unwrap();
                assert_eq!(history(&connection), [1, 2, 3]);
            });
        }
    });
}

#[test]
fn a_store_without_one_of_its_tables_is_damaged() {
    let (_folder, connection) = first();
    connection.execute_batch("DROP TABLE notes").unwrap();
    for schema in [FIRST, THIRD] {
        let error = schema.look(&connection).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains("`notes`"), "{error}");
    }
}

#[test]
fn all_tables_are_listed() {
    let connection = Connection::open_in_memory().unwrap();
    SCHEMA.bring_up_to_date(&connection).unwrap();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
    let mut statement = connection.prepare(tables).unwrap();
    let tables: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(tables, TABLES);
}
