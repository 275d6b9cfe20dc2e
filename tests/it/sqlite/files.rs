//! Files: opening, reopening, sharing, refusing.

use std::error::Error as _;
use std::fs;

use events::prelude::*;
use events::store::{
    AppendStatus, EventFilter, ExpectedVersion, LogQuery, Snapshot, SqliteBackend, SqliteOptions, Synchronous,
};
use events::{ErrorKind, Position, Version};

use super::{commit, file, open, raw, read, refused, stream, with};

#[tokio::test]
async fn reopening_keeps_everything() {
    let (path, _folder) = file();
    let store = open(&path).await;
    let again = commit(1, 3);
    store.append(again.clone()).await.unwrap();
    store.append(commit(2, 2)).await.unwrap();
    let state = Snapshot {
        stream: stream(1),
        version: Version::new(3),
        fingerprint: u64::MAX,
        taken_at: chrono::DateTime::from_timestamp(1_767_225_600, 0).unwrap(),
        state: read(&store, 1).await.unwrap()[0].payload().clone(),
    };
    store.save_snapshot(state.clone()).await.unwrap();
    let (log, stats) = (store.read_log(LogQuery::new()).await.unwrap(), store.stats().await.unwrap());
    store.close().await.unwrap();
    assert!(!path.with_extension("db-wal").exists(), "the log of changes was moved into the file");

    let store = open(&path).await;
    assert_eq!(store.read_log(LogQuery::new()).await.unwrap(), log);
    assert_eq!(store.stats().await.unwrap(), stats);
    assert_eq!(store.load_snapshot(&stream(1)).await.unwrap(), Some(state));
    assert_eq!(store.append(again).await.unwrap().status(), AppendStatus::Duplicate);
    let next = store.append(commit(1, 1)).await.unwrap();
    assert_eq!((next.recordings()[0].position, next.recordings()[0].version), (Position::new(6), Version::new(4)));
}

#[tokio::test]
async fn dropping_the_store_finishes_its_work() {
    let (path, _folder) = file();
    let store = open(&path).await;
    for _ in 0..20 {
        // One poll puts it into the queue; nobody waits for the answer.
        let mut append = std::pin::pin!(store.append(commit(1, 2)));
        std::future::poll_fn(|cx| std::task::Poll::Ready(append.as_mut().poll(cx).is_ready())).await;
    }
    drop(store);
    // Whatever the thread is doing, another store sees whole commits, and all of them in the end.
    let store = open(&path).await;
    crate::support::eventually("all commits are there", || async {
        let events = read(&store, 1).await.unwrap();
        assert_eq!(events.len() % 2, 0);
        events.len() == 40
    })
    .await;
}

#[tokio::test]
async fn what_is_no_store_of_ours_is_refused_and_left_alone() {
    let (path, _folder) = file();
    for garbage in [vec![b'x'; 10], vec![0_u8; 5_000], b"SQLite format 3\0 but not really".repeat(200)] {
        fs::write(&path, &garbage).unwrap();
        let error = refused(&path).await;
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error:?}");
        assert_eq!(fs::read(&path).unwrap(), garbage);
    }
    fs::remove_file(&path).unwrap();

    for (setup, kind, says) in [
        ("CREATE TABLE people (name TEXT)", ErrorKind::Invalid, "path of its own"),
        ("PRAGMA journal_mode = wal; CREATE TABLE people (name TEXT)", ErrorKind::Invalid, "path of its own"),
        ("PRAGMA application_id = 7", ErrorKind::Invalid, "application_id 7"),
        ("PRAGMA user_version = 3", ErrorKind::Invalid, "path of its own"),
        ("PRAGMA application_id = 0x65767473; PRAGMA user_version = 99", ErrorKind::Unsupported, "update the program"),
        ("PRAGMA application_id = 0x65767473; PRAGMA user_version = 1", ErrorKind::Decode, "backup"),
        ("PRAGMA application_id = 0x65767473", ErrorKind::Decode, "backup"),
    ] {
        raw(&path).execute_batch(setup).unwrap();
        let before = fs::read(&path).unwrap();
        let error = refused(&path).await;
        assert_eq!(error.kind(), kind, "{setup}: {error:?}");
        assert!(error.to_string().contains(says), "{setup}: {error}");
        assert_eq!(fs::read(&path).unwrap(), before, "{setup}");
        fs::remove_file(&path).unwrap();
    }
    let error = refused(&path.join("no/such/folder.db")).await;
    assert!(error.is_unavailable() && error.source().is_some(), "{error:?}");
}

/// Guards: `:memory:` was a file of that name for some connections, and a database each for others.
#[tokio::test]
async fn the_path_of_memory_is_a_database_in_memory() {
    let store = EventStore::sqlite(":memory:").await.unwrap();
    store.append(commit(1, 300)).await.unwrap();
    assert_eq!(read(&store, 1).await.unwrap().len(), 300);
    assert_eq!(EventStore::sqlite(":memory:").await.unwrap().stats().await.unwrap().events, 0);
    store.close().await.unwrap();
    assert!(!std::path::Path::new(":memory:").exists());
}

#[tokio::test]
async fn an_empty_file_becomes_a_store() {
    let (path, _folder) = file();
    fs::write(&path, b"").unwrap();
    let store = open(&path).await;
    store.append(commit(1, 1)).await.unwrap();
    assert_eq!(raw(&path).query_row("PRAGMA user_version", [], |row| row.get(0)), Ok(2));
    let applied: (i64, String) = raw(&path)
        .query_row("SELECT schema_version, applied_by FROM schema_history ORDER BY 1 DESC", [], |row| row.try_into())
        .unwrap();
    assert_eq!(applied.0, 2);
    assert!(applied.1.starts_with("events "));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_stores_share_one_file() {
    let (path, _folder) = file();
    let opening = [(); 4].map(|()| tokio::spawn(SqliteBackend::open(SqliteOptions::new(&path))));
    let mut stores = Vec::new();
    for store in opening {
        stores.push(EventStore::new(store.await.unwrap().unwrap()));
    }
    let mut tasks = Vec::new();
    for (number, store) in stores.iter().cloned().enumerate() {
        tasks.push(tokio::spawn(async move {
            for round in 0..25 {
                store.append(commit(0, 2)).await.unwrap();
                let own = u64::try_from(number).unwrap() + 1;
                let expected = ExpectedVersion::Exact(Version::new(round));
                store.append(commit(own, 1).expect(stream(own), expected)).await.unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    for store in &stores {
        let events = read(store, 0).await.unwrap();
        assert!(events.iter().map(|event| event.version().value()).eq(1..=200));
        let times: Vec<_> = events.iter().map(|event| event.metadata().recorded_at()).collect();
        assert!(times.is_sorted());
        assert_eq!(store.count(EventFilter::new()).await.unwrap(), 300);
    }
    let race = commit(9, 1).expect(stream(9), ExpectedVersion::NoStream);
    let other = commit(9, 1).expect(stream(9), ExpectedVersion::NoStream);
    let (left, right) = tokio::join!(stores[0].append(race), stores[1].append(other));
    assert_eq!([left.is_ok(), right.is_ok()].into_iter().filter(|won| *won).count(), 1);
}

/// Guards: one store whose queue is never empty is without the write lock for some microseconds at a
/// time, which another one, that asks for it now and then, never hit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_writes_all_the_time_lets_others_in() {
    let (path, _folder) = file();
    let patient = SqliteOptions::new(&path).with_busy_timeout(std::time::Duration::from_secs(20));
    let (busy, other) = (with(patient.clone()).await, with(patient).await);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let writers: Vec<_> = (1..=64)
        .map(|note| {
            let (busy, stopped) = (busy.clone(), stopped.clone());
            tokio::spawn(async move {
                while !*stopped.borrow() {
                    busy.append(commit(note, 100)).await.unwrap();
                }
            })
        })
        .collect();
    crate::support::eventually("it writes", async || busy.stats().await.unwrap().events > 10_000).await;
    for _ in 0..20 {
        other.append(commit(0, 1)).await.unwrap();
    }
    stop.send_replace(true);
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(read(&busy, 0).await.unwrap().len(), 20);
}

#[tokio::test]
async fn the_settings_reach_the_file() {
    let (path, _folder) = file();
    let options = SqliteOptions::new(&path).with_synchronous(Synchronous::Normal).with_read_connections(1);
    let store = with(options).await;
    store.append(commit(1, 300)).await.unwrap();
    let readers = [(); 8].map(|()| read(&store, 1));
    for reader in readers {
        assert_eq!(reader.await.unwrap().len(), 300);
    }
    let mode: String = raw(&path).query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

/// Without a runtime to hop to, reading happens where it is asked for.
#[test]
fn it_works_without_a_tokio_runtime() {
    let (path, _folder) = file();
    block_on(async {
        let store = open(&path).await;
        store.append(commit(1, 500)).await.unwrap();
        assert_eq!(read(&store, 1).await.unwrap().len(), 500);
        store.close().await.unwrap();
    });
}

/// The least that can run a future.
fn block_on(future: impl Future<Output = ()>) {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = std::sync::Arc::new(Unpark(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    while future.as_mut().poll(&mut context).is_pending() {
        std::thread::park();
    }
}
