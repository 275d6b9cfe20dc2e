//! Commits of other processes: noticed at once when they are heard of, and found anyway when not.

use std::time::Duration;

use events::prelude::*;
use events_tests::postgres::{Scratch, shared_server};
use sqlx::PgConnection;

use super::proxy::Proxy;
use super::stores::{Noted, commit, in_a_schema, open, raw};
use crate::support::{Journal, eventually};

#[event_handler(durable(from = "start"), name = "postgres.watch")]
fn watch(event: &Noted, State(journal): State<&Journal>) {
    journal.note(event.note.as_str());
}

/// Handles what is committed elsewhere, looking for it only so often.
async fn watching(store: &EventStore, every: Duration) -> (EventDispatcher, Journal) {
    let journal = Journal::default();
    let builder = EventDispatcher::builder().store(store.clone()).handlers(HandlerRegistry::only(handlers![watch]));
    (builder.state(journal.clone()).poll(every, every).start().await.unwrap(), journal)
}

/// Who listens to commits in the schema: the ids of the server's processes.
async fn listeners(connection: &mut PgConnection, scratch: &Scratch) -> Vec<i32> {
    let listen = format!("LISTEN \"events.{}\"%", scratch.schema());
    let sql = "SELECT pid FROM pg_stat_activity WHERE query LIKE $1 AND state = 'idle'";
    sqlx::query_scalar(sql).bind(listen).fetch_all(connection).await.unwrap()
}

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn a_commit_elsewhere_wakes_the_handlers_here() {
    let Some((here, scratch)) = in_a_schema().await else { return };
    let there = scratch.open().await.unwrap();
    let (app, journal) = watching(&here, HOUR).await;
    for number in 1..=5 {
        there.append(commit("n", 1)).await.unwrap();
        eventually("it is handled", async || journal.lines().len() == number).await;
    }
    app.shutdown().await.unwrap();
}

/// Nothing but a look finds them: nobody can listen, and the pace isn't an hour.
#[tokio::test]
async fn a_commit_that_nobody_hears_of_is_found() {
    let Some(url) = shared_server().get() else { return };
    let (scratch, proxy) = (Scratch::at(url.clone()), Proxy::to(&url).await);
    // With one connection, which stays, nothing but the listener has to connect again.
    let through = proxy.options(&url).with_schema(scratch.schema()).unwrap().with_read_connections(1);
    let (here, there) = (open(through).await.unwrap(), scratch.open().await.unwrap());
    let (app, journal) = watching(&here, Duration::from_millis(50)).await;
    let mut connection = raw(&scratch).await;
    eventually("it listens", async || !listeners(&mut raw(&scratch).await, &scratch).await.is_empty()).await;
    proxy.refuse(true);
    end(&mut connection, &scratch).await;
    there.append(commit("unheard", 1)).await.unwrap();
    eventually("it is found", async || journal.lines() == ["unheard"]).await;
    assert_eq!(listeners(&mut connection, &scratch).await, [0; 0]);
    proxy.refuse(false);
    eventually("it listens again", async || !listeners(&mut raw(&scratch).await, &scratch).await.is_empty()).await;
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_listener_whose_connection_is_cut_listens_again() {
    let Some((here, scratch)) = in_a_schema().await else { return };
    let there = scratch.open().await.unwrap();
    let (app, journal) = watching(&here, HOUR).await;
    let mut connection = raw(&scratch).await;
    for number in 1..=3 {
        eventually("it listens", async || !listeners(&mut raw(&scratch).await, &scratch).await.is_empty()).await;
        let ended = end(&mut connection, &scratch).await;
        eventually("another one listens", async || {
            let now = listeners(&mut raw(&scratch).await, &scratch).await;
            !now.is_empty() && now != ended
        })
        .await;
        there.append(commit("n", 1)).await.unwrap();
        eventually("it is handled", async || journal.lines().len() == number).await;
    }
    app.shutdown().await.unwrap();
}

/// Ends the listeners' connections, and answers whose they were.
async fn end(connection: &mut PgConnection, scratch: &Scratch) -> Vec<i32> {
    let listening = listeners(connection, scratch).await;
    let ended: Vec<bool> = sqlx::query_scalar("SELECT pg_terminate_backend(pid) FROM unnest($1) AS pid")
        .bind(&listening)
        .fetch_all(&mut *connection)
        .await
        .unwrap();
    assert!(ended.iter().all(|ended| *ended) && !ended.is_empty());
    listening
}

/// What is still to be told is told when the store is closed.
#[tokio::test]
async fn a_short_lived_process_tells_what_it_has_committed() {
    let Some((here, scratch)) = in_a_schema().await else { return };
    let (app, journal) = watching(&here, HOUR).await;
    eventually("it listens", async || !listeners(&mut raw(&scratch).await, &scratch).await.is_empty()).await;
    for number in 1..=3 {
        let there = scratch.open().await.unwrap();
        there.append(commit("n", 1)).await.unwrap();
        there.close().await.unwrap();
        eventually("it is handled", async || journal.lines().len() == number).await;
    }
    app.shutdown().await.unwrap();
    here.close().await.unwrap();
    eventually("nobody listens", async || listeners(&mut raw(&scratch).await, &scratch).await.is_empty()).await;
}
