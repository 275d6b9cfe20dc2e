//! Stores for the tests, and what is kept in them.

use std::future::Future;
use std::task::{Context as Polling, Waker};

use events::prelude::*;
use events::store::{Append, LogQuery, NewEvent, PostgresBackend, PostgresOptions, StreamQuery};
use events::{Position, StreamId};
use events_tests::postgres::{Scratch, shared_server};
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event(name = "postgres.noted", aggregate = "postgres.note")]
pub(super) struct Noted {
    #[event(id)]
    pub(super) note: String,
    pub(super) text: String,
}

/// A store in a schema that is removed with the guard; none if there is no server and need not be.
pub(crate) async fn in_a_schema() -> Option<(EventStore, Scratch)> {
    let scratch = Scratch::at(shared_server().get()?);
    Some((scratch.open().await.unwrap(), scratch))
}

pub(super) async fn open(options: PostgresOptions) -> Result<EventStore, events::Error> {
    PostgresBackend::open(options).await.map(EventStore::new)
}

/// A connection of somebody else.
pub(super) async fn raw(scratch: &Scratch) -> PgConnection {
    PgConnection::connect(scratch.url()).await.unwrap()
}

/// Runs a statement in which `{schema}` stands for the schema.
pub(super) async fn run(connection: &mut PgConnection, scratch: &Scratch, sql: &str) -> Result<(), sqlx::Error> {
    let sql = sql.replace("{schema}", scratch.schema());
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(drop)
}

/// Asks for a number; `{schema}` stands for the schema.
pub(super) async fn number(connection: &mut PgConnection, scratch: &Scratch, sql: &str) -> i64 {
    let sql = sql.replace("{schema}", scratch.schema());
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await.unwrap()
}

/// A commit of so many events of one note.
pub(super) fn commit(note: &str, count: usize) -> Append {
    (0..count).fold(Append::new(), |commit, number| {
        let event = Noted { note: note.to_owned(), text: format!("number {number}") };
        let metadata = EventMetadata::new(&event, &Context::actor("ada"));
        commit.event(NewEvent::new(&event, metadata).unwrap())
    })
}

pub(super) fn stream(note: &str) -> StreamId {
    StreamId::new("postgres.note", &note.to_owned())
}

/// The versions of a note's events.
pub(super) async fn versions(store: &EventStore, note: &str) -> Vec<u64> {
    let events = store.read_stream(&stream(note), StreamQuery::new()).await.unwrap();
    events.iter().map(|event| event.version().value()).collect()
}

/// The notes of the log's events, in their order.
pub(super) async fn notes(store: &EventStore) -> Vec<String> {
    let page = store.read_log(LogQuery::new().after(Position::START)).await.unwrap();
    page.events().iter().map(|event| event.stream().id().to_string()).collect()
}

/// Whoever begins several calls and waits for one of them doesn't have to look after the others.
#[tokio::test]
async fn a_call_that_nobody_polls_keeps_no_connection() {
    let Some(url) = shared_server().get() else { return };
    let scratch = Scratch::at(url);
    let store = open(scratch.options().unwrap().with_read_connections(1)).await.unwrap();
    let mut begun = std::pin::pin!(store.stats());
    assert!(Future::poll(begun.as_mut(), &mut Polling::from_waker(Waker::noop())).is_pending());
    assert_eq!(notes(&store).await, [""; 0]);
    assert_eq!(begun.await.unwrap().events, 0);
}
