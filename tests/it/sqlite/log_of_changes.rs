//! The log of changes beside the file: it stays short, and a proper end leaves none.

use std::fs;
use std::path::{Path, PathBuf};

use events::prelude::*;
use events::store::{Append, LogQuery, NewEvent, SqliteOptions};

use super::{Noted, commit, file, open, raw, with};

/// So many bytes it may have, and the largest commits more.
const LIMIT: u64 = 16 * 1024 * 1024;

fn log_of(path: &Path) -> PathBuf {
    path.with_extension("db-wal")
}

fn length(path: &Path) -> u64 {
    fs::metadata(log_of(path)).map_or(0, |log| log.len())
}

/// Events of 20 KB.
fn large(note: u64, count: usize) -> Append {
    (0..count).fold(Append::new(), |commit, _| {
        let event = Noted { note, text: "x".repeat(20_000) };
        let metadata = EventMetadata::new(&event, &Context::new());
        commit.event(NewEvent::new(&event, metadata).unwrap())
    })
}

/// There is always somebody who reads, so that SQLite by itself never begins at the front again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn it_stays_short_while_readers_page() {
    let (path, _folder) = file();
    let store = open(&path).await;
    store.append(large(1, 100)).await.unwrap();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (store, stopped) = (store.clone(), stopped.clone());
            tokio::spawn(async move {
                while !*stopped.borrow() {
                    store.read_log(LogQuery::new().with_limit(200)).await.unwrap();
                }
            })
        })
        .collect();
    let mut longest = 0;
    for _ in 0..60 {
        store.append(large(2, 50)).await.unwrap();
        longest = longest.max(length(&path));
    }
    stop.send_replace(true);
    for reader in readers {
        reader.await.unwrap();
    }
    assert!(longest < LIMIT + 4 * 1024 * 1024, "{longest} bytes of 60 MB");
    store.close().await.unwrap();
    assert!(!log_of(&path).exists());
}

#[tokio::test]
async fn it_is_cut_off_when_a_long_reader_has_gone() {
    let (path, _folder) = file();
    let store = with(SqliteOptions::new(&path)).await;
    store.append(commit(1, 1)).await.unwrap();
    let reader = raw(&path);
    reader.execute_batch("BEGIN; SELECT count(*) FROM events").unwrap();
    while length(&path) < LIMIT {
        store.append(large(2, 100)).await.unwrap();
    }
    let found: i64 = reader.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).unwrap();
    assert_eq!(found, 1, "what it reads stays as it was");
    reader.execute_batch("COMMIT").unwrap();
    // What is done about it follows the answer to the commit, and is tried again now and then.
    for commits in 0.. {
        assert!(commits < 50, "it has grown on");
        store.append(large(2, 100)).await.unwrap();
        if length(&path) < LIMIT {
            break;
        }
    }
}

/// Guards: a program that ended right after its last use of the store left the work to the next one.
#[tokio::test]
async fn a_dropped_store_leaves_none() {
    let (path, _folder) = file();
    let store = open(&path).await;
    store.append(commit(1, 300)).await.unwrap();
    store.read_log(LogQuery::new()).await.unwrap();
    drop(store);
    assert!(!log_of(&path).exists());

    let app = EventDispatcher::builder().store(open(&path).await).handlers(HandlerRegistry::none()).start();
    let app = app.await.unwrap();
    app.publish(Noted { note: 1, text: String::new() }).await.unwrap();
    app.shutdown().await.unwrap();
    drop(app);
    assert!(!log_of(&path).exists());
}

#[tokio::test]
async fn the_last_to_close_takes_it_along() {
    let (path, _folder) = file();
    let (one, two) = (open(&path).await, open(&path).await);
    one.append(commit(1, 1)).await.unwrap();
    two.append(commit(1, 1)).await.unwrap();
    one.close().await.unwrap();
    assert!(log_of(&path).exists());
    two.close().await.unwrap();
    assert!(!log_of(&path).exists());
}
