//! What must hold for the order of the log to be kept, and what is said where it doesn't.

use std::str::FromStr;

use events::store::{LogQuery, PostgresOptions};
use events::{ErrorKind, Position};
use events_tests::postgres::{PrivateServer, Scratch, private_servers, shared_server};
use sqlx::postgres::PgConnectOptions;

use super::stores::{commit, in_a_schema, notes, number, open, raw, run, versions};

#[tokio::test]
async fn an_empty_schema_is_made_once_by_many_at_once() {
    let Some(url) = shared_server().get() else { return };
    let scratch = Scratch::at(url);
    let opening = (0..12).map(|number| {
        let options = scratch.options().unwrap();
        tokio::spawn(async move {
            let store = open(options).await?;
            store.append(commit(&format!("n{number}"), 1)).await.map_err(|error| format!("{error:?}")).unwrap();
            Ok::<_, events::Error>(store)
        })
    });
    let opening: Vec<_> = opening.collect();
    for opened in opening {
        opened.await.unwrap().unwrap();
    }
    let mut connection = raw(&scratch).await;
    assert_eq!(number(&mut connection, &scratch, "SELECT count(*) FROM {schema}.schema_history").await, 2);
    assert_eq!(number(&mut connection, &scratch, "SELECT count(*) FROM {schema}.events").await, 12);
}

/// What the server, the database or the user has as defaults doesn't matter.
#[tokio::test]
async fn the_store_sets_its_own_isolation() {
    let Some(url) = shared_server().get() else { return };
    for isolation in ["repeatable read", "serializable"] {
        let scratch = Scratch::at(url.clone());
        let connect = PgConnectOptions::from_str(&url).unwrap().options([
            ("default_transaction_isolation", isolation),
            ("default_transaction_read_only", "on"),
            ("default_transaction_deferrable", "on"),
            ("synchronous_commit", "off"),
        ]);
        let options = PostgresOptions::from_connect_options(connect).with_schema(scratch.schema()).unwrap();
        let store = open(options).await.unwrap();
        store.append(commit("a", 2)).await.unwrap();
        assert_eq!(versions(&store, "a").await, [1, 2]);
        assert_eq!(notes(&store).await, ["a", "a"]);
    }
}

/// More than one position at a time in a connection's hands, or the same again, and readers skip.
#[tokio::test]
async fn a_sequence_that_hands_out_otherwise_is_refused() {
    let Some((store, scratch)) = in_a_schema().await else { return };
    store.append(commit("a", 1)).await.unwrap();
    let mut connection = raw(&scratch).await;
    for (change, back) in [("CACHE 10", "CACHE 1"), ("CYCLE", "NO CYCLE")] {
        run(&mut connection, &scratch, &format!("ALTER SEQUENCE {{schema}}.event_positions {change}")).await.unwrap();
        let refused = scratch.open().await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unsupported);
        assert!(refused.to_string().contains("event_positions"), "{refused}");
        run(&mut connection, &scratch, &format!("ALTER SEQUENCE {{schema}}.event_positions {back}")).await.unwrap();
        scratch.open().await.unwrap();
    }
}

/// As after a restore from an older backup, under the feet of a running program.
#[tokio::test]
async fn a_store_that_has_lost_events_which_were_seen_says_so() {
    let Some((store, scratch)) = in_a_schema().await else { return };
    store.append(commit("a", 5)).await.unwrap();
    assert_eq!(notes(&store).await.len(), 5);
    let mut connection = raw(&scratch).await;
    const RESTORE: &str = "DELETE FROM {schema}.events WHERE position > 2;
        UPDATE {schema}.streams SET version = 2;
        SELECT setval('{schema}.event_positions', 2)";
    run(&mut connection, &scratch, RESTORE).await.unwrap();
    for start in [0, 2, 5] {
        let rewound = store.read_log(LogQuery::new().after(Position::new(start))).await.unwrap_err();
        assert_eq!(rewound.kind(), ErrorKind::Rewound, "after {start}: {rewound}");
        assert!(rewound.to_string().contains("position 2") && rewound.to_string().contains("position 5"), "{rewound}");
    }
    // Who begins anew has seen nothing of what is lost.
    let anew = scratch.open().await.unwrap();
    assert_eq!(notes(&anew).await.len(), 2);
    anew.append(commit("a", 1)).await.unwrap();
    assert_eq!(versions(&anew, "a").await, [1, 2, 3]);
}

#[tokio::test]
async fn a_database_that_was_restored_in_part_is_refused() {
    let Some((store, scratch)) = in_a_schema().await else { return };
    store.append(commit("a", 5)).await.unwrap();
    let mut connection = raw(&scratch).await;
    run(&mut connection, &scratch, "SELECT setval('{schema}.event_positions', 3)").await.unwrap();
    let rewound = scratch.open().await.unwrap_err();
    assert_eq!(rewound.kind(), ErrorKind::Rewound);
    assert!(rewound.to_string().contains("set it to 5"), "{rewound}");
    run(&mut connection, &scratch, "SELECT setval('{schema}.event_positions', 5)").await.unwrap();
    assert_eq!(notes(&scratch.open().await.unwrap()).await.len(), 5);
}

#[tokio::test]
async fn stores_in_one_database_know_nothing_of_each_other() {
    let Some((one, scratch)) = in_a_schema().await else { return };
    let elsewhere = Scratch::at(scratch.url());
    let two = elsewhere.open().await.unwrap();
    let mut connection = raw(&scratch).await;
    run(&mut connection, &scratch, "BEGIN").await.unwrap();
    one.append_in(&mut connection, commit("a", 1)).await.unwrap();
    let same = two.append(commit("a", 3)).await.unwrap();
    assert_eq!(same.recordings()[0].position, Position::new(1));
    assert_eq!((notes(&two).await.len(), two.held_back().await.unwrap()), (3, None));
    assert!(one.held_back().await.unwrap().is_some());
    run(&mut connection, &scratch, "COMMIT").await.unwrap();
    assert_eq!((notes(&one).await.len(), notes(&two).await.len()), (1, 3));
}

#[tokio::test]
async fn what_is_no_event_store_is_left_alone() {
    let Some(url) = shared_server().get() else { return };
    let scratch = Scratch::at(url);
    let mut connection = raw(&scratch).await;
    run(&mut connection, &scratch, "CREATE SCHEMA {schema}; CREATE TABLE {schema}.users (name text)").await.unwrap();
    let refused = scratch.open().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Invalid, "{refused}");
    assert_eq!(number(&mut connection, &scratch, "SELECT count(*) FROM {schema}.users").await, 0);
    run(&mut connection, &scratch, "DROP TABLE {schema}.users").await.unwrap();
    let store = scratch.open().await.unwrap();
    run(&mut connection, &scratch, "UPDATE {schema}.schema_history SET schema_version = 99 WHERE schema_version = 2")
        .await
        .unwrap();
    let newer = scratch.open().await.unwrap_err();
    assert!(newer.kind() == ErrorKind::Unsupported && newer.to_string().contains("version 99"), "{newer}");
    store.append(commit("a", 1)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_is_refused_and_a_prepared_transaction_is_waited_for() {
    let Some(()) = private_servers().get() else { return };
    let server = PrivateServer::with_settings(&[("max_prepared_transactions", "5")]).unwrap();
    let scratch = Scratch::at(server.url());
    let store = scratch.open().await.unwrap();
    let mut connection = raw(&scratch).await;
    run(&mut connection, &scratch, "BEGIN").await.unwrap();
    store.append_in(&mut connection, commit("a", 1)).await.unwrap();
    run(&mut connection, &scratch, "PREPARE TRANSACTION 'half-way'").await.unwrap();
    store.append(commit("b", 1)).await.unwrap();
    assert_eq!(notes(&store).await, [""; 0]);
    let held = store.held_back().await.unwrap().unwrap();
    assert!(held.by.contains("`half-way`") && held.positions == 2, "{held:?}");

    let standby = server.standby().unwrap();
    let refused = open(PostgresOptions::new(&standby.url()).unwrap().with_schema(scratch.schema()).unwrap()).await;
    let refused = refused.unwrap_err();
    assert!(refused.is_unavailable() && refused.to_string().contains("standby"), "{refused}");

    run(&mut connection, &scratch, "COMMIT PREPARED 'half-way'").await.unwrap();
    assert_eq!(notes(&store).await, ["a", "b"]);
}
