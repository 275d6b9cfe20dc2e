//! The store inside of its users' transactions.

use std::time::{Duration, Instant};

use events::prelude::*;
use events::store::{
    Advance, AppendError, AppendStatus, BeginsAt, ClaimLanes, ExpectedVersion, HandlerDeclaration, Lane, LaneAnswer,
    LaneWrite, ParkedKey, PostgresBackend, RegisterHandlers, Snapshot, StorageBackend,
};
use events::{Error, ErrorKind, Position, Version};
use events_tests::postgres::{Scratch, shared_server};
use sqlx::{Connection, PgConnection};

use super::stores::{commit, in_a_schema, notes, number, open, raw, run, stream, versions};
use crate::support::{chain, eventually};

#[tokio::test]
async fn savepoints_undo_what_was_appended_after_them() {
    let Some((store, scratch)) = in_a_schema().await else { return };
    let mut connection = raw(&scratch).await;
    let mut transaction = connection.begin().await.unwrap();
    store.append_in(&mut transaction, commit("a", 1)).await.unwrap();
    let mut savepoint = transaction.begin().await.unwrap();
    store.append_in(&mut savepoint, commit("a", 2)).await.unwrap();
    store.append_in(&mut savepoint, commit("b", 1)).await.unwrap();
    savepoint.rollback().await.unwrap();
    let again = store.append_in(&mut transaction, commit("a", 2)).await.unwrap();
    assert_eq!(again.recordings()[0].version, Version::new(2), "as if the others had never been");
    let mut savepoint = transaction.begin().await.unwrap();
    store.append_in(&mut savepoint, commit("c", 1)).await.unwrap();
    savepoint.commit().await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(notes(&store).await, ["a", "a", "a", "c"]);
    assert_eq!(versions(&store, "a").await, [1, 2, 3]);
}

/// Rolling back to a savepoint lets go of what holds readers back; the next append takes it again.
#[tokio::test]
async fn readers_wait_for_what_is_appended_after_a_savepoint_was_rolled_back() {
    let Some((store, scratch)) = in_a_schema().await else { return };
    let other = scratch.open().await.unwrap();
    let mut connection = raw(&scratch).await;
    let mut transaction = connection.begin().await.unwrap();
    let mut savepoint = transaction.begin().await.unwrap();
    store.append_in(&mut savepoint, commit("undone", 1)).await.unwrap();
    savepoint.rollback().await.unwrap();
    other.append(commit("first", 1)).await.unwrap();
    assert_eq!((notes(&other).await, other.held_back().await.unwrap()), (vec!["first".to_owned()], None));
    store.append_in(&mut transaction, commit("second", 1)).await.unwrap();
    other.append(commit("third", 1)).await.unwrap();
    assert_eq!(notes(&other).await, ["first"]);
    assert_eq!(other.held_back().await.unwrap().unwrap().positions, 2);
    transaction.commit().await.unwrap();
    assert_eq!(notes(&other).await, ["first", "second", "third"]);
}

/// However many there are, they hold one lock: the server's table of locks is small.
#[tokio::test]
async fn many_appends_fit_into_one_transaction() {
    let Some((store, scratch)) = in_a_schema().await else { return };
    let mut connection = raw(&scratch).await;
    let mut transaction = connection.begin().await.unwrap();
    for note in 0..300 {
        store.append_in(&mut transaction, commit(&format!("n{}", note % 100), 2)).await.unwrap();
    }
    const LOCKS: &str = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()";
    assert_eq!(number(&mut transaction, &scratch, LOCKS).await, 1);
    assert_eq!(notes(&store).await, [""; 0]);
    transaction.commit().await.unwrap();
    assert_eq!(notes(&store).await.len(), 600);
    assert_eq!(versions(&store, "n7").await, [1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn an_open_transaction_holds_up_its_own_streams_only() {
    let Some(url) = shared_server().get() else { return };
    let scratch = Scratch::at(url);
    let patience = Duration::from_millis(200);
    let store = open(scratch.options().unwrap().with_patience(patience)).await.unwrap();
    store.append(commit("seen", 1)).await.unwrap();
    let mut connection = raw(&scratch).await;
    let mut transaction = connection.begin().await.unwrap();
    store.append_in(&mut transaction, commit("held", 1)).await.unwrap();
    let appends = (0..40).map(|number| {
        let store = store.clone();
        tokio::spawn(async move { store.append(commit(&format!("free{number}"), 1)).await })
    });
    let appends: Vec<_> = appends.collect();
    let began = Instant::now();
    let refused = store.append(commit("held", 1)).await.unwrap_err();
    assert!(chain(&refused).contains("postgres.note/held") && began.elapsed() >= patience, "{refused:?}");
    assert!(matches!(refused, AppendError::Store(error) if error.is_unavailable()));
    for append in appends {
        append.await.unwrap().unwrap();
    }
    assert_eq!(notes(&store).await, ["seen"], "what came later waits for what is open");
    let held = store.held_back().await.unwrap().unwrap();
    let process: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut *transaction).await.unwrap();
    assert!(held.by.contains(&format!("process {process}")) && held.since.is_some(), "{held:?}");
    assert_eq!((held.after, held.positions), (Position::new(1), 41));
    transaction.commit().await.unwrap();
    assert_eq!(notes(&store).await.len(), 42);
    assert_eq!(notes(&store).await[..2], ["seen", "held"]);
    store.append(commit("held", 1)).await.unwrap();
    assert_eq!(versions(&store, "held").await, [1, 2]);
}

#[tokio::test]
async fn what_is_refused_leaves_the_transaction_usable() {
    let Some((store, scratch)) = in_a_schema().await else { return };
    let known = commit("a", 2);
    store.append(known.clone()).await.unwrap();
    let mut connection = raw(&scratch).await;
    run(&mut connection, &scratch, "CREATE TABLE {schema}.totals AS SELECT 1 AS total").await.unwrap();
    let mut transaction = connection.begin().await.unwrap();
    run(&mut transaction, &scratch, "UPDATE {schema}.totals SET total = total + 1").await.unwrap();
    let new = commit("a", 1).expect(stream("a"), ExpectedVersion::NoStream);
    let refused = store.append_in(&mut transaction, new).await;
    assert!(matches!(refused, Err(AppendError::Conflict { actual, .. }) if actual == Version::new(2)), "{refused:?}");
    assert_eq!(store.append_in(&mut transaction, known).await.unwrap().status(), AppendStatus::Duplicate);
    store.append_in(&mut transaction, commit("a", 1)).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(versions(&store, "a").await, [1, 2, 3]);
    assert_eq!(number(&mut connection, &scratch, "SELECT total::bigint FROM {schema}.totals").await, 2);
}

/// Nothing is locked or written where the order can't be kept.
#[tokio::test]
async fn other_isolation_levels_and_read_only_transactions_are_refused() {
    let Some((store, scratch)) = in_a_schema().await else { return };
    let mut connection = raw(&scratch).await;
    let refusals = [
        ("ISOLATION LEVEL REPEATABLE READ", ErrorKind::Unsupported),
        ("ISOLATION LEVEL SERIALIZABLE", ErrorKind::Unsupported),
        ("READ ONLY", ErrorKind::Unavailable),
    ];
    for (mode, kind) in refusals {
        run(&mut connection, &scratch, &format!("BEGIN {mode}")).await.unwrap();
        let refused = store.append_in(&mut connection, commit("a", 1)).await;
        assert!(matches!(&refused, Err(AppendError::Store(error)) if error.kind() == kind), "{mode}: {refused:?}");
        const LOCKS: &str = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()";
        assert_eq!(number(&mut connection, &scratch, LOCKS).await, 0, "{mode}: the transaction is usable");
        run(&mut connection, &scratch, "COMMIT").await.unwrap();
    }
    assert_eq!(notes(&store).await, [""; 0]);
}

#[tokio::test]
async fn a_snapshot_is_kept_with_the_transaction_or_not_at_all() {
    let Some((store, scratch)) = in_a_schema().await else { return };
    let snapshot = |version| Snapshot {
        stream: stream("a"),
        version: Version::new(version),
        fingerprint: 7,
        state: events::event::Payload::from_json("{}"),
        taken_at: chrono::DateTime::UNIX_EPOCH,
    };
    let mut connection = raw(&scratch).await;
    let mut transaction = connection.begin().await.unwrap();
    store.save_snapshot_in(&mut transaction, snapshot(1)).await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(store.load_snapshot(&stream("a")).await.unwrap(), None);
    let mut transaction = connection.begin().await.unwrap();
    store.append_in(&mut transaction, commit("a", 2)).await.unwrap();
    store.save_snapshot_in(&mut transaction, snapshot(2)).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(store.load_snapshot(&stream("a")).await.unwrap(), Some(snapshot(2)));
}

/// A lane of a handler `h`, which is ours.
async fn lane(backend: &PostgresBackend) -> Lane {
    let (begins, at) = (BeginsAt::Start, chrono::Utc::now());
    let (name, build) = ("h".into(), "build".to_owned());
    let handlers = vec![HandlerDeclaration { name, renamed_from: None, begins, partitions: 1, build, previous: None }];
    backend.register_handlers(RegisterHandlers { handlers, at }).await.unwrap();
    let (handlers, owner, lease_until) = (vec!["h".into()], "me".into(), at + Duration::from_secs(60));
    let claim = ClaimLanes { handlers, owner, now: at, lease_until, limit: 1 };
    backend.claim_lanes(claim).await.unwrap().remove(0).lane
}

fn advance(lane: &Lane, from: u64, to: u64) -> LaneWrite {
    let advance = Some(Advance { from: Position::new(from), to: Position::new(to) });
    LaneWrite { advance, ..LaneWrite::new(lane.clone(), "build", chrono::Utc::now()) }
}

#[tokio::test]
async fn a_checkpoint_moves_with_the_transaction_or_not_at_all() {
    let Some((store, scratch)) = in_a_schema().await else { return };
    let backend = PostgresBackend::open(scratch.options().unwrap()).await.unwrap();
    let lane = lane(&backend).await;
    let checkpoint =
        async || backend.durable_handlers().await.map(|handlers| handlers[0].lanes[0].checkpoint.value()).unwrap();
    let mut connection = raw(&scratch).await;
    run(&mut connection, &scratch, "CREATE TABLE {schema}.totals AS SELECT 0 AS total").await.unwrap();
    const ADD: &str = "UPDATE {schema}.totals SET total = total + 1";

    let mut transaction = connection.begin().await.unwrap();
    run(&mut transaction, &scratch, ADD).await.unwrap();
    let written = store.write_lane_in(&mut transaction, advance(&lane, 0, 5)).await.unwrap();
    assert_eq!(written, LaneAnswer::Written { letters: Vec::new() });
    transaction.rollback().await.unwrap();
    assert_eq!(checkpoint().await, 0);

    let mut transaction = connection.begin().await.unwrap();
    run(&mut transaction, &scratch, ADD).await.unwrap();
    store.write_lane_in(&mut transaction, advance(&lane, 0, 5)).await.unwrap();
    // Not where the writer believes it: nothing else of it is written either, and the transaction goes on.
    let park = vec![ParkedKey { key: "k".to_owned(), from: Position::new(8) }];
    let wrong = LaneWrite { park, ..advance(&lane, 4, 9) };
    assert_eq!(store.write_lane_in(&mut transaction, wrong).await.unwrap(), LaneAnswer::Lost);
    let zombie = Lane { epoch: lane.epoch + 1, ..lane.clone() };
    assert_eq!(store.write_lane_in(&mut transaction, advance(&zombie, 5, 9)).await.unwrap(), LaneAnswer::Lost);
    store.write_lane_in(&mut transaction, advance(&lane, 5, 7)).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(checkpoint().await, 7);
    assert_eq!(number(&mut connection, &scratch, "SELECT total::bigint FROM {schema}.totals").await, 1);
    assert_eq!(number(&mut connection, &scratch, "SELECT count(*) FROM {schema}.parked_keys").await, 0);

    let outside = store.write_lane_in(&mut connection, advance(&lane, 7, 9)).await;
    assert_eq!(outside.map_err(|error| error.kind()), Err(ErrorKind::Unsupported), "in no transaction");
    assert_eq!(checkpoint().await, 7);
}

#[tokio::test]
async fn other_stores_take_part_in_no_transaction_of_postgresql() {
    let Some((_, scratch)) = in_a_schema().await else { return };
    let store = EventStore::memory();
    let mut connection: PgConnection = raw(&scratch).await;
    let refused = store.append_in(&mut connection, commit("a", 1)).await;
    assert!(matches!(refused, Err(AppendError::Store(error)) if error.kind() == ErrorKind::Unsupported));
    let lane = Lane { handler: "h".into(), partition: 0, epoch: 1 };
    let refused: Result<_, Error> = store.write_lane_in(&mut connection, advance(&lane, 0, 1)).await;
    assert_eq!(refused.map_err(|error| error.kind()), Err(ErrorKind::Unsupported));
}

/// What was rolled back is decided too: readers don't wait for it for ever.
#[tokio::test]
async fn a_transaction_that_is_given_up_leaves_no_hole_that_anybody_waits_for() {
    let Some((store, scratch)) = in_a_schema().await else { return };
    let mut connection = raw(&scratch).await;
    let mut transaction = connection.begin().await.unwrap();
    store.append_in(&mut transaction, commit("a", 3)).await.unwrap();
    store.append(commit("b", 1)).await.unwrap();
    drop(transaction);
    drop(connection);
    eventually("the server has noticed", async || store.held_back().await.unwrap().is_none()).await;
    assert_eq!(notes(&store).await, ["b"]);
    store.append(commit("a", 1)).await.unwrap();
    assert_eq!(versions(&store, "a").await, [1]);
}
