//! What fails, and what it leaves behind.

use std::error::Error as _;
use std::fs;
use std::time::Duration;

use events::prelude::*;
use events::store::{Append, AppendError, ExpectedVersion, LogQuery, SqliteBackend, SqliteOptions, StreamQuery};
use events::{DecodeError, Position};

use super::{Noted, commit, file, in_a_folder, open, raw, read, stream, with};

#[tokio::test]
async fn a_locked_file_is_unavailable_until_it_is_free() {
    let (path, _folder) = file();
    let store = with(SqliteOptions::new(&path).with_busy_timeout(Duration::ZERO)).await;
    let holder = raw(&path);
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.append(commit(1, 1)).await.unwrap_err();
    assert!(matches!(&error, AppendError::Store(error) if error.is_unavailable()), "{error:?}");
    assert!(read(&store, 1).await.unwrap().is_empty(), "readers don't wait for writers");
    holder.execute_batch("ROLLBACK").unwrap();
    store.append(commit(1, 1)).await.unwrap();
    assert_eq!(read(&store, 1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_full_disk_writes_nothing_and_passes() {
    let (path, _folder) = file();
    let store = with(SqliteOptions::new(&path).with_max_bytes(512 * 1024)).await;
    let mut written = 0;
    let error = loop {
        match store.append(commit(1, 100)).await {
            Ok(_) => written += 100,
            Err(error) => break error,
        }
        assert!(written < 100_000, "the file has no limit");
    };
    assert!(matches!(&error, AppendError::Store(error) if error.is_unavailable()), "{error:?}");
    assert_eq!(read(&store, 1).await.unwrap().len(), written);
    // A commit that is too large fails alone: those that share its transaction are written.
    let large = store.append(commit(2, 100));
    let small = [store.append(Append::new()), store.append(commit(3, 1).expect(stream(3), ExpectedVersion::Exists))];
    let [empty, conflict] = small;
    let (large, empty, conflict) = tokio::join!(large, empty, conflict);
    assert!(large.is_err() && empty.is_ok());
    assert!(conflict.unwrap_err().is_conflict());
    // Room is made while the store is open.
    let last = "DELETE FROM events WHERE position > (SELECT max(position) / 2 FROM events)";
    let removed = raw(&path).execute(last, []).unwrap();
    raw(&path).execute("UPDATE streams SET version = (SELECT max(version) FROM events)", []).unwrap();
    store.append(commit(1, 100)).await.unwrap();
    let written = written + 100 - removed;
    assert_eq!(read(&store, 1).await.unwrap().len(), written);
    store.close().await.unwrap();

    let store = open(&path).await;
    assert_eq!(store.stats().await.unwrap().events, u64::try_from(written).unwrap());
    store.append(commit(1, 100)).await.unwrap();
    assert_eq!(read(&store, 1).await.unwrap().len(), written + 100);
}

#[tokio::test]
async fn nothing_is_acknowledged_that_would_go_into_a_file_that_is_gone() {
    let (path, folder) = file();
    let aside = folder.path().join("aside.db");
    let store = open(&path).await;
    store.append(commit(1, 1)).await.unwrap();
    fs::rename(&path, &aside).unwrap();
    for _ in 0..2 {
        let error = store.append(commit(1, 1)).await.unwrap_err();
        assert!(matches!(&error, AppendError::Store(error) if error.is_unavailable()), "{error:?}");
        // The second time there is a file, but another one.
        fs::copy(&aside, &path).unwrap();
    }
    fs::rename(&aside, &path).unwrap();
    store.append(commit(1, 1)).await.unwrap();
    assert_eq!(read(&store, 1).await.unwrap().len(), 2);
}

/// Guards: what goes into a log of changes that was deleted is lost when the file is closed.
#[cfg(unix)]
#[tokio::test]
async fn nothing_is_acknowledged_that_would_go_into_a_log_that_is_gone() {
    let (path, _folder) = file();
    let store = open(&path).await;
    store.append(commit(1, 1)).await.unwrap();
    let (log, aside) = (path.with_extension("db-wal"), path.with_extension("aside"));
    fs::rename(&log, &aside).unwrap();
    let error = store.append(commit(1, 1)).await.unwrap_err();
    assert!(matches!(&error, AppendError::Store(error) if error.is_unavailable()), "{error:?}");
    fs::rename(&aside, &log).unwrap();
    store.append(commit(1, 1)).await.unwrap();
    store.close().await.unwrap();
    assert_eq!(read(&open(&path).await, 1).await.unwrap().len(), 2);
}

/// A value that is no text is damage like any other, and so is a row that is gone.
#[tokio::test]
async fn damage_to_one_event_leaves_the_others_readable() {
    let (path, _folder) = file();
    let store = open(&path).await;
    store.append(commit(1, 3)).await.unwrap();
    let page = raw(&path);
    page.execute("UPDATE events SET payload = CAST(x'7b22ff' AS TEXT) WHERE position = 2", []).unwrap();
    let repository = store.read_log_data(LogQuery::new()).await.unwrap_err();
    assert!(repository.is_decode(), "{repository:?}");
    let after = store.read_log(LogQuery::new().after(Position::new(2))).await.unwrap();
    assert_eq!(after.events()[0].decode::<Noted>().unwrap().text, "number 2");
    // The store goes on, and is whole again when the row is.
    store.append(commit(1, 1)).await.unwrap();
    page.execute("UPDATE events SET payload = '{\"note\":1,\"text\":\"mended\"}' WHERE position = 2", []).unwrap();
    let events = read(&store, 1).await.unwrap();
    assert_eq!((events.len(), events[1].decode::<Noted>().unwrap().text.as_str()), (4, "mended"));
}

#[tokio::test]
async fn one_commit_s_conflict_touches_no_other() {
    let (store, _folder) = in_a_folder().await;
    store.append(commit(0, 1)).await.unwrap();
    let taken = commit(0, 1);
    store.append(taken.clone()).await.unwrap();
    // All are in the queue before the first is looked at, so they share transactions.
    let overlap = taken.into_events().into_iter().fold(commit(50, 20), Append::event);
    let mut appends: Vec<_> = (1..=40).map(|note| Box::pin(store.append(commit(note, 3)))).collect();
    let conflict = store.append(commit(41, 1).expect(stream(41), ExpectedVersion::Exists));
    let partial = store.append(overlap);
    let rest = async {
        let mut positions = Vec::new();
        for append in &mut appends {
            positions.extend(append.await.unwrap().recordings().iter().map(|recording| recording.position));
        }
        positions
    };
    let (conflict, partial, mut positions) = tokio::join!(conflict, partial, rest);
    assert!(matches!(conflict, Err(AppendError::Conflict { .. })));
    assert!(matches!(partial, Err(AppendError::PartialDuplicate { present: 1, total: 21, .. })), "{partial:?}");
    positions.dedup();
    assert_eq!(positions.len(), 120);
    assert_eq!(store.stats().await.unwrap().events, 122);
}

#[tokio::test]
async fn damage_is_an_error_that_names_the_event() {
    for (damage, detail) in [
        ("metadata = '{'", "metadata"),
        ("metadata = '{\"headers\": 1}'", "metadata"),
        ("payload = CAST(x'ff' AS TEXT)", "payload"),
        ("correlation_id = 'nobody'", "correlation_id"),
        ("occurred_at = 9223372036854775807", "occurred_at"),
        ("schema_version = -1", "schema_version"),
    ] {
        let (path, _folder) = file();
        let store = open(&path).await;
        store.append(commit(1, 3)).await.unwrap();
        raw(&path).execute(&format!("UPDATE events SET {damage} WHERE position = 2"), []).unwrap();
        let answers = [read(&store, 1).await, store.read_log(LogQuery::new()).await.map(|page| page.into_events())];
        for answer in answers {
            let error = answer.unwrap_err();
            assert!(error.is_decode(), "{damage}: {error:?}");
            let source = error.source().and_then(|source| source.downcast_ref::<DecodeError>()).unwrap();
            assert_eq!((source.event().as_str(), source.position()), ("sqlite_noted", Some(Position::new(2))));
            assert!(source.detail().contains(detail), "{damage}: {}", source.detail());
        }
        let first = store.read_stream(&stream(1), StreamQuery::new().with_limit(1)).await.unwrap();
        assert_eq!(first[0].decode::<Noted>().unwrap().note, 1);
    }
    let (path, _folder) = file();
    let store = open(&path).await;
    store.append(commit(1, 2)).await.unwrap();
    raw(&path).execute("UPDATE events SET payload = '{\"note\": 1}' WHERE position = 2", []).unwrap();
    let events = read(&store, 1).await.unwrap();
    let error = events[1].decode::<Noted>().unwrap_err();
    assert_eq!((error.event().as_str(), error.position()), ("sqlite_noted", Some(Position::new(2))));
}

#[tokio::test]
async fn a_damaged_file_is_an_error() {
    let (path, _folder) = file();
    let store = open(&path).await;
    store.append(commit(1, 2_000)).await.unwrap();
    store.close().await.unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0xa5);
    fs::write(&path, &bytes).unwrap();
    let error = match SqliteBackend::open(SqliteOptions::new(&path)).await {
        Err(error) => error,
        Ok(backend) => {
            let store = EventStore::new(backend);
            store.read_log(LogQuery::new().before(None)).await.unwrap_err()
        }
    };
    assert!(error.is_decode(), "{error:?}");
}
