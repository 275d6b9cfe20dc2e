//! Connections that are cut before the answer is there: nobody is told a lie, nothing is done in half.

use std::time::{Duration, Instant};

use events::Version;
use events::prelude::*;
use events::store::{AppendError, AppendStatus, ExpectedVersion, Snapshot, StreamQuery};
use events_tests::postgres::{Scratch, shared_server};

use super::proxy::Proxy;
use super::stores::{commit, open, stream, versions};
use crate::support::chain;

/// A store behind a proxy, with its connections open.
async fn behind_a_proxy(patience: Duration) -> Option<(EventStore, Proxy, Scratch)> {
    let url = shared_server().get()?;
    let (scratch, proxy) = (Scratch::at(url.clone()), Proxy::to(&url).await);
    let options = proxy.options(&url).with_schema(scratch.schema()).unwrap().with_patience(patience);
    let store = open(options).await.unwrap();
    store.append(commit("before", 1)).await.unwrap();
    Some((store, proxy, scratch))
}

const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(300);

/// It was written: sent again, it is found, and is no duplicate to the caller, whose first attempt it was.
#[tokio::test]
async fn an_append_whose_answer_is_cut_is_answered_all_the_same() {
    let Some((store, proxy, _scratch)) = behind_a_proxy(LONG).await else { return };
    for times in [1, 3] {
        let note = format!("cut-{times}-times");
        proxy.cut(&note, times);
        let appended = store.append(commit(&note, 3)).await.unwrap();
        assert_eq!((appended.status(), proxy.cuts_left()), (AppendStatus::Committed, 0));
        assert_eq!(versions(&store, &note).await, [1, 2, 3]);
    }
}

/// The expectation is checked against the state before, not against what the first attempt has written.
#[tokio::test]
async fn a_conflict_is_no_conflict_with_oneself() {
    let Some((store, proxy, _scratch)) = behind_a_proxy(LONG).await else { return };
    proxy.cut("expected", 1);
    let new = commit("expected", 1).expect(stream("expected"), ExpectedVersion::NoStream);
    assert_eq!(store.append(new).await.unwrap().status(), AppendStatus::Committed);
    proxy.cut("expected", 1);
    let late = commit("expected", 1).expect(stream("expected"), ExpectedVersion::NoStream);
    let refused = store.append(late).await.unwrap_err();
    assert!(matches!(refused, AppendError::Conflict { actual, .. } if actual == Version::new(1)), "{refused:?}");
    assert_eq!(proxy.cuts_left(), 0);
}

#[tokio::test]
async fn an_append_that_is_never_answered_says_that_it_may_be_written() {
    let Some((store, proxy, scratch)) = behind_a_proxy(SHORT).await else { return };
    proxy.cut("never", usize::MAX);
    let both = commit("never-a", 2).events().iter().chain(commit("never-b", 1).events()).cloned().collect::<Vec<_>>();
    let both = both.into_iter().fold(events::store::Append::new(), events::store::Append::event);
    let began = Instant::now();
    let error = store.append(both.clone()).await.unwrap_err();
    assert!(matches!(&error, AppendError::Store(error) if error.is_unavailable()), "{error:?}");
    assert!(chain(&error).contains("append the commit again") && began.elapsed() >= SHORT, "{error:?}");
    // By another way: all of it is there, or nothing.
    let direct = scratch.open().await.unwrap();
    assert_eq!((versions(&direct, "never-a").await, versions(&direct, "never-b").await), (vec![1, 2], vec![1]));
    proxy.cut("", 0);
    assert_eq!(store.append(both).await.unwrap().status(), AppendStatus::Duplicate);
    store.append(commit("never-a", 1)).await.unwrap();
    assert_eq!(versions(&store, "never-a").await, [1, 2, 3]);
}

#[tokio::test]
async fn a_server_that_can_not_be_reached_is_unavailable_and_nothing_is_written() {
    let Some((store, proxy, scratch)) = behind_a_proxy(SHORT).await else { return };
    proxy.refuse(true);
    proxy.cut("lost", 1);
    // The first attempt loses the open connection, and there is no other.
    let error = store.append(commit("lost", 1)).await.unwrap_err();
    assert!(matches!(&error, AppendError::Store(error) if error.is_unavailable()), "{error:?}");
    let error = store.append(commit("unsent", 1)).await.unwrap_err();
    assert!(matches!(&error, AppendError::Store(error) if error.is_unavailable()), "{error:?}");
    let direct = scratch.open().await.unwrap();
    assert_eq!(versions(&direct, "unsent").await, [0; 0]);
    proxy.refuse(false);
    store.append(commit("unsent", 2)).await.unwrap();
    assert_eq!(versions(&store, "unsent").await, [1, 2]);
}

#[tokio::test]
async fn a_read_whose_answer_is_cut_is_read_again_once() {
    let Some((store, proxy, _scratch)) = behind_a_proxy(LONG).await else { return };
    store.append(commit("half-told", 500)).await.unwrap();
    proxy.cut("half-told", 1);
    assert_eq!(versions(&store, "half-told").await.len(), 500);
    assert_eq!(proxy.cuts_left(), 0);
    proxy.cut("half-told", 2);
    let error = store.read_stream(&stream("half-told"), StreamQuery::new()).await.unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");
    assert_eq!(versions(&store, "half-told").await.len(), 500);
}

/// What might be done twice isn't tried again; the caller is told, and may do so.
#[tokio::test]
async fn a_write_whose_answer_is_cut_is_an_error() {
    let Some((store, proxy, _scratch)) = behind_a_proxy(LONG).await else { return };
    let snapshot = |version| Snapshot {
        stream: stream("kept"),
        version: Version::new(version),
        fingerprint: 7,
        state: events::event::Payload::from_json("{}"),
        taken_at: chrono::DateTime::UNIX_EPOCH,
    };
    store.save_snapshot(snapshot(1)).await.unwrap();
    proxy.cut("kept", 1);
    assert!(store.save_snapshot(snapshot(2)).await.unwrap_err().is_unavailable());
    assert_eq!(store.load_snapshot(&stream("kept")).await.unwrap(), Some(snapshot(2)), "the answer alone was lost");
    store.save_snapshot(snapshot(3)).await.unwrap();
    assert_eq!(store.load_snapshot(&stream("kept")).await.unwrap(), Some(snapshot(3)));
}
