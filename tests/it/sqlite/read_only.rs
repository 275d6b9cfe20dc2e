//! Stores that are opened to be read alone.

use std::fs;
use std::path::Path;

use events::prelude::*;
use events::store::{
    AppendError, BeginsAt, HandlerDeclaration, LetterPurge, LetterStatus, LogQuery, RegisterHandlers, Snapshot,
    SqliteBackend, SqliteOptions, StorageBackend,
};
use events::{Error, ErrorKind, Version};

use super::{commit, file, open, raw, read, stream};

async fn reading(path: &Path) -> Result<SqliteBackend, Error> {
    SqliteBackend::open(SqliteOptions::new(path).read_only()).await
}

async fn kind_of(path: &Path) -> ErrorKind {
    reading(path).await.unwrap_err().kind()
}

#[tokio::test]
async fn what_another_writes_is_read() {
    let (path, _folder) = file();
    let store = open(&path).await;
    store.append(commit(1, 3)).await.unwrap();
    let reader = EventStore::new(reading(&path).await.unwrap());
    assert_eq!(read(&reader, 1).await.unwrap(), read(&store, 1).await.unwrap());
    store.append(commit(1, 200)).await.unwrap();
    assert_eq!(read(&reader, 1).await.unwrap().len(), 203);
    assert_eq!(reader.stats().await.unwrap(), store.stats().await.unwrap());
    store.close().await.unwrap();
    // Everybody has gone, and everything is in the file.
    assert_eq!(read(&reader, 1).await.unwrap().len(), 203);
    reader.close().await.unwrap();
    assert!(read(&reader, 1).await.unwrap_err().is_unavailable());
}

/// Guards: a log of changes that was removed by its last writer and made anew was taken for damage.
#[tokio::test]
async fn writers_come_and_go() {
    let (path, _folder) = file();
    open(&path).await.close().await.unwrap();
    let reader = EventStore::new(reading(&path).await.unwrap());
    for round in 1..=3 {
        let store = open(&path).await;
        store.append(commit(1, 1)).await.unwrap();
        assert_eq!(read(&reader, 1).await.unwrap().len(), round);
        store.close().await.unwrap();
        assert_eq!(read(&reader, 1).await.unwrap().len(), round);
    }
}

#[tokio::test]
async fn every_write_is_refused_and_says_why() {
    let (path, _folder) = file();
    let store = open(&path).await;
    store.append(commit(1, 1)).await.unwrap();
    let state = read(&store, 1).await.unwrap()[0].payload().clone();
    store.close().await.unwrap();
    let before = fs::read(&path).unwrap();

    let backend = reading(&path).await.unwrap();
    let error = backend.append(commit(1, 1)).await.unwrap_err();
    assert!(matches!(&error, AppendError::Store(error) if error.kind() == ErrorKind::Unsupported), "{error:?}");
    let now = chrono::Utc::now();
    let (name, build) = ("h".into(), "build".to_owned());
    let handlers = vec![HandlerDeclaration {
        name,
        renamed_from: None,
        begins: BeginsAt::Now,
        partitions: 1,
        build,
        previous: None,
    }];
    let snapshot = Snapshot { stream: stream(1), version: Version::new(1), fingerprint: 1, taken_at: now, state };
    let refusals = [
        backend.save_snapshot(snapshot).await.unwrap_err(),
        backend.delete_snapshot(&stream(1)).await.unwrap_err(),
        backend.write_letters(Vec::new()).await.unwrap_err(),
        backend
            .purge_letters(LetterPurge { status: LetterStatus::Resolved, before: now, said: None })
            .await
            .unwrap_err(),
        backend.register_handlers(RegisterHandlers { handlers, at: now }).await.unwrap_err(),
        backend.end_process("me".into()).await.unwrap_err(),
        backend.begin().await.err().unwrap(),
    ];
    for error in refusals {
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error:?}");
        assert!(error.to_string().contains("read-only"), "{error}");
    }
    assert_eq!(EventStore::new(backend).stats().await.unwrap().events, 1);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn nothing_is_made_or_brought_up_to_date() {
    let (path, folder) = file();
    assert_eq!(kind_of(&path).await, ErrorKind::NotFound);
    assert_eq!(kind_of(&folder.path().join("no/such.db")).await, ErrorKind::NotFound);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    for (content, kind) in [(&b""[..], ErrorKind::Invalid), (b"garbage, and not little of it", ErrorKind::Invalid)] {
        fs::write(&path, content).unwrap();
        assert_eq!(kind_of(&path).await, kind);
        assert_eq!(fs::read(&path).unwrap(), content);
    }
    fs::remove_file(&path).unwrap();
    raw(&path).execute_batch("CREATE TABLE people (name TEXT)").unwrap();
    assert_eq!(kind_of(&path).await, ErrorKind::Invalid);
    fs::remove_file(&path).unwrap();
    open(&path).await.close().await.unwrap();
    raw(&path).execute_batch("PRAGMA user_version = 99").unwrap();
    let error = reading(&path).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("update the program"), "{error}");
    fs::remove_file(&path).unwrap();
    fs::copy(super::versions::fixture(1), &path).unwrap();
    let error = reading(&path).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("open it once for writing"), "{error}");
    let memory = SqliteBackend::open(SqliteOptions::in_memory().read_only()).await.unwrap_err();
    assert_eq!(memory.kind(), ErrorKind::Invalid);
}

/// A link where the index of the log of changes should be keeps SQLite from making it, as a folder
/// without the right to write does: it follows none.
#[cfg(unix)]
#[tokio::test]
async fn without_files_beside_it_a_file_is_read_until_somebody_writes() {
    let (path, folder) = file();
    let path = path.with_file_name("what? 100% #1.db");
    let store = open(&path).await;
    store.append(commit(1, 300)).await.unwrap();
    store.close().await.unwrap();
    let in_the_way = folder.path().join("what? 100% #1.db-shm");
    std::os::unix::fs::symlink("nowhere", &in_the_way).unwrap();
    let reader = EventStore::new(reading(&path).await.unwrap());
    assert_eq!(read(&reader, 1).await.unwrap().len(), 300);
    assert!(!folder.path().join("what? 100% #1.db-wal").metadata().is_ok_and(|log| log.len() > 0));

    fs::remove_file(&in_the_way).unwrap();
    let store = open(&path).await;
    store.append(commit(1, 1)).await.unwrap();
    let error = reader.read_log(LogQuery::new()).await.unwrap_err();
    assert!(error.is_unavailable() && error.to_string().contains("open it again"), "{error:?}");
    store.close().await.unwrap();
    assert!(reader.read_log(LogQuery::new()).await.unwrap_err().is_unavailable());
    let again = EventStore::new(reading(&path).await.unwrap());
    assert_eq!(read(&again, 1).await.unwrap().len(), 301);
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_is_read_only_is_no_obstacle() {
    use std::os::unix::fs::PermissionsExt;
    let (path, folder) = file();
    let store = open(&path).await;
    store.append(commit(1, 300)).await.unwrap();
    store.close().await.unwrap();
    let allow = |mode| fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
    allow(0o555);
    let reader = EventStore::new(reading(&path).await.unwrap());
    assert_eq!(read(&reader, 1).await.unwrap().len(), 300);
    reader.backup_to(folder.path().join("backup.db")).await.map_or_else(
        |error| assert!(error.is_unavailable(), "{error:?}"),
        // Whoever may do everything may do this too.
        |()| assert!(folder.path().join("backup.db").exists()),
    );
    allow(0o755);
}

/// Guards: what is in the log of changes alone would be left out.
#[cfg(unix)]
#[tokio::test]
async fn a_file_with_a_log_of_changes_is_not_read_without_it() {
    let (path, folder) = file();
    let store = open(&path).await;
    store.append(commit(1, 3)).await.unwrap();
    let copy = folder.path().join("copy.db");
    fs::copy(&path, &copy).unwrap();
    fs::copy(folder.path().join("events.db-wal"), folder.path().join("copy.db-wal")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("copy.db-shm")).unwrap();
    assert_eq!(kind_of(&copy).await, ErrorKind::Unavailable);
    fs::remove_file(folder.path().join("copy.db-shm")).unwrap();
    let reader = EventStore::new(reading(&copy).await.unwrap());
    assert_eq!(read(&reader, 1).await.unwrap().len(), 3);
}
