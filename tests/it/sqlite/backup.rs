//! Backups, made while the store is used.

use std::fs;
use std::path::Path;

use events::ErrorKind;
use events::prelude::*;
use events::store::{LogQuery, SqliteBackend, SqliteOptions};

use super::{commit, file, in_a_folder, open, raw, read, with};

/// What the folder holds, without the files that SQLite keeps beside a store.
fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm")).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn backups_are_whole_while_others_write() {
    let (store, folder) = in_a_folder().await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let writers: Vec<_> = (1..=4)
        .map(|note| {
            let (store, stopped) = (store.clone(), stopped.clone());
            tokio::spawn(async move {
                while !*stopped.borrow() {
                    store.append(commit(note, 7)).await.unwrap();
                }
            })
        })
        .collect();
    for number in 0..5 {
        let before = store.stats().await.unwrap().events;
        let path = folder.path().join(format!("backup-{number}.db"));
        store.backup_to(&path).await.unwrap();
        let after = store.stats().await.unwrap().events;
        assert_eq!(raw(&path).query_row("PRAGMA integrity_check", [], |row| row.get(0)), Ok("ok".to_owned()));
        let copy = open(&path).await;
        let found = copy.stats().await.unwrap().events;
        assert!((before..=after).contains(&found) && found % 7 == 0, "{before} <= {found} <= {after}");
        for note in 1..=4 {
            let (original, copy) = (read(&store, note).await.unwrap(), read(&copy, note).await.unwrap());
            assert_eq!(copy, original[..copy.len()]);
        }
        copy.append(commit(1, 1)).await.unwrap();
        copy.close().await.unwrap();
    }
    stop.send_replace(true);
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(files(folder.path()).len(), 6, "{:?}", files(folder.path()));
}

#[tokio::test]
async fn a_store_in_memory_can_be_kept() {
    let (path, folder) = file();
    let store = with(SqliteOptions::in_memory()).await;
    store.append(commit(1, 300)).await.unwrap();
    let (backup, appended) = tokio::join!(store.backup_to(&path), store.append(commit(2, 1)));
    backup.unwrap();
    appended.unwrap();
    store.close().await.unwrap();
    let error = store.backup_to(folder.path().join("late.db")).await.unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");
    assert_eq!(read(&open(&path).await, 1).await.unwrap().len(), 300);
    assert_eq!(files(folder.path()), ["events.db"]);
}

#[tokio::test]
async fn a_store_that_only_reads_can_be_copied() {
    let (store, folder) = in_a_folder().await;
    store.append(commit(1, 3)).await.unwrap();
    let options = SqliteOptions::new(folder.path().join("events.db")).read_only();
    let reader = EventStore::new(SqliteBackend::open(options).await.unwrap());
    let path = folder.path().join("backup.db");
    reader.backup_to(&path).await.unwrap();
    // Nothing beside the backup is needed to read it, nor made.
    let copy = EventStore::new(SqliteBackend::open(SqliteOptions::new(&path).read_only()).await.unwrap());
    assert_eq!(copy.read_log(LogQuery::new()).await.unwrap(), store.read_log(LogQuery::new()).await.unwrap());
    copy.close().await.unwrap();
    assert!(!folder.path().join("backup.db-wal").exists() && !folder.path().join("backup.db-shm").exists());
}

#[tokio::test]
async fn what_goes_wrong_leaves_nothing_behind() {
    let (store, folder) = in_a_folder().await;
    store.append(commit(1, 3)).await.unwrap();
    let taken = folder.path().join("taken.db");
    fs::write(&taken, b"something else").unwrap();
    let there = folder.path().join("events.db");
    for (path, kind) in [
        (taken.as_path(), ErrorKind::Conflict),
        (&there, ErrorKind::Conflict),
        (folder.path(), ErrorKind::Conflict),
        (&folder.path().join("no/such/folder.db"), ErrorKind::NotFound),
        (&taken.join("below.db"), ErrorKind::Unavailable),
        (Path::new("/"), ErrorKind::Invalid),
        (Path::new(""), ErrorKind::Invalid),
    ] {
        let error = store.backup_to(path).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{}: {error:?}", path.display());
    }
    assert_eq!(fs::read(&taken).unwrap(), b"something else");
    assert_eq!(files(folder.path()), ["events.db", "taken.db"]);

    // Halfway through it turns out that the store is damaged.
    store.append(commit(1, 2_000)).await.unwrap();
    store.close().await.unwrap();
    let mut bytes = fs::read(&there).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0xa5);
    fs::write(&there, &bytes).unwrap();
    let store = open(&there).await;
    let error = store.backup_to(folder.path().join("backup.db")).await.unwrap_err();
    assert!(error.is_decode(), "{error:?}");
    assert_eq!(files(folder.path()), ["events.db", "taken.db"]);
}

#[tokio::test]
async fn other_stores_say_that_they_cannot() {
    let (path, _folder) = file();
    let error = EventStore::memory().backup_to(&path).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(!path.exists());
}
