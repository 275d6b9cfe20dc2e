//! In a PostgreSQL database.

mod at_commit;

use events::Position;
use events::handler::HandlerRegistration;
use events::prelude::*;
use events::store::LogQuery;
use events_tests::postgres::Scratch;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::super::{Closed, Desk, Office, Verdict, Written, written};
use super::{Ledger, close};
use crate::support::eventually;

/// Where the table is.
#[derive(Clone)]
struct Schema(String);

/// It has written its row before it says how it went.
#[event_handler(durable(from = "start"), retry(attempts = 3, initial_delay = "10s", jitter = 0.0))]
async fn enter_into_postgres(
    event: &Written,
    attempt: Attempt,
    State(desk): State<&Desk>,
    State(Schema(schema)): State<&Schema>,
    Tx(db): Tx<&mut PgConnection>,
) -> Result<Outcome, HandlerError> {
    let insert = format!("INSERT INTO {schema}.ledger VALUES ($1)");
    let insert = sqlx::query(AssertSqlSafe(insert)).bind(event.number.cast_signed());
    insert.execute(&mut *db).await.map_err(HandlerError::transient)?;
    close(event)?;
    desk.handle(event, attempt).await
}

#[event_handler(durable(from = "start", batch = 20), retry(attempts = 3, initial_delay = "10s", jitter = 0.0))]
async fn enter_all_into_postgres(
    events: &[Envelope<'_, Written>],
    attempt: Attempt,
    State(desk): State<&Desk>,
    State(Schema(schema)): State<&Schema>,
    Tx(db): Tx<&mut PgConnection>,
) -> Result<Outcome, HandlerError> {
    let insert = format!("INSERT INTO {schema}.ledger SELECT unnest($1)");
    let numbers: Vec<_> = events.iter().map(|event| event.number.cast_signed()).collect();
    sqlx::query(AssertSqlSafe(insert)).bind(numbers).execute(&mut *db).await.map_err(HandlerError::transient)?;
    desk.handle_all(events, attempt)
}

#[event_handler(durable(from = "start"), timeout = "1h")]
async fn hang_in_postgres(
    event: &Written,
    attempt: Attempt,
    State(desk): State<&Desk>,
    State(Schema(schema)): State<&Schema>,
    Tx(db): Tx<&mut PgConnection>,
) -> Result<(), HandlerError> {
    let insert = format!("INSERT INTO {schema}.ledger VALUES ($1)");
    let insert = sqlx::query(AssertSqlSafe(insert)).bind(event.number.cast_signed());
    insert.execute(&mut *db).await.map_err(HandlerError::transient)?;
    drop(desk.handle_now(event, attempt));
    std::future::pending().await
}

#[event_handler(durable(from = "start"), retry(attempts = 1))]
async fn publish_beside_postgres(
    event: &Written,
    app: &EventDispatcher,
    Tx(_): Tx<&mut PgConnection>,
) -> Result<(), HandlerError> {
    app.publish(Closed { book: event.book }).await?;
    Ok(())
}

/// It passes over an error of the database, after which nothing that it has written can be committed.
#[event_handler(durable(from = "start"), retry(attempts = 1))]
async fn enter_carelessly(event: &Written, State(Schema(schema)): State<&Schema>, Tx(db): Tx<&mut PgConnection>) {
    let insert = format!("INSERT INTO {schema}.ledger VALUES ($1)");
    sqlx::query(AssertSqlSafe(insert)).bind(event.number.cast_signed()).execute(&mut *db).await.unwrap();
    if event.number == 2 {
        drop(sqlx::query("SELECT 1 / 0").execute(&mut *db).await);
    }
}

/// It publishes before it says how it went.
#[event_handler(durable(from = "start"), retry(attempts = 3, initial_delay = "10s", jitter = 0.0))]
async fn close_in_postgres(
    event: &Written,
    attempt: Attempt,
    State(desk): State<&Desk>,
    app: &EventDispatcher,
    Tx(db): Tx<&mut PgConnection>,
) -> Result<Outcome, HandlerError> {
    let receipt = app.publish_in(db, (Closed { book: event.book },)).await?;
    assert_eq!(receipt.events().len(), 1);
    desk.handle(event, attempt).await
}

struct Database(Office);

impl Database {
    async fn new() -> Option<Self> {
        let database = Self(Office::in_a_schema().await?);
        // No key: what is entered twice is found out.
        let create = format!("CREATE TABLE {}.ledger (number bigint NOT NULL)", database.schema().0);
        sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut database.connect().await).await.unwrap();
        Some(database)
    }

    fn scratch(&self) -> &Scratch {
        self.0.place.as_ref().unwrap().downcast_ref().unwrap()
    }

    fn schema(&self) -> Schema {
        Schema(self.scratch().schema().to_owned())
    }

    async fn connect(&self) -> PgConnection {
        PgConnection::connect(self.scratch().url()).await.unwrap()
    }

    async fn start_with(&self, handlers: Vec<&'static HandlerRegistration>) -> EventDispatcher {
        self.0.builder(handlers).state(self.schema()).start().await.unwrap()
    }
}

impl Ledger for Database {
    fn office(&self) -> &Office {
        &self.0
    }

    async fn start(&self) -> EventDispatcher {
        self.start_with(handlers![enter_into_postgres]).await
    }

    async fn start_publishing(&self) -> EventDispatcher {
        self.start_with(handlers![publish_beside_postgres]).await
    }

    async fn start_with_batches(&self) -> EventDispatcher {
        self.start_with(handlers![enter_all_into_postgres]).await
    }

    async fn start_hanging(&self) -> EventDispatcher {
        self.start_with(handlers![hang_in_postgres]).await
    }

    async fn numbers(&self) -> Vec<i64> {
        let select = format!("SELECT number FROM {}.ledger ORDER BY number", self.schema().0);
        sqlx::query_scalar(AssertSqlSafe(select)).fetch_all(&mut self.connect().await).await.unwrap()
    }
}

macro_rules! cases {
    ($($case:ident),+ $(,)?) => {
        $(#[tokio::test] async fn $case() {
            let Some(database) = Database::new().await else { return };
            super::$case(database).await;
        })+
    };
}

cases![
    every_event_is_entered_once,
    a_failure_leaves_nothing_behind,
    a_dead_letter_leaves_nothing_behind_until_it_is_redriven,
    what_it_emits_is_committed_with_it,
    publishing_is_refused,
    a_batch_is_one_transaction,
    what_is_cut_off_leaves_nothing_behind,
];

#[tokio::test]
async fn what_a_handler_publishes_in_its_transaction_is_committed_with_it() {
    let Some(database) = Database::new().await else { return };
    let office = database.office();
    office.desk.judge(1, Verdict::Fail);
    let app = database.start_with(handlers![close_in_postgres]).await;
    app.publish(written(1, 1)).await.unwrap();
    database.letters(&app, LetterStatus::Retrying).await;
    assert_eq!(app.store().stats().await.unwrap().events, 1, "what it has published is undone");
    office.desk.judge(1, None);
    office.advance(10);
    office.has(1, &[1]).await;
    eventually("it is closed", async || app.store().stats().await.unwrap().events == 2).await;
    let log = app.store().read_log(LogQuery::new()).await.unwrap().into_events();
    assert_eq!(log[1].metadata().causation_id(), Some(log[0].metadata().event_id()));
    app.shutdown().await.unwrap();
}

/// A program's own rows and its events are there together, or not at all.
#[tokio::test]
async fn events_are_published_in_a_transaction_of_the_program_s_own() {
    let Some(database) = Database::new().await else { return };
    let app = database.start_with(handlers![enter_into_postgres]).await;
    let enter = format!("INSERT INTO {}.ledger VALUES (-1)", database.schema().0);
    for commits in [false, true] {
        let mut connection = database.connect().await;
        let mut transaction = connection.begin().await.unwrap();
        sqlx::query(AssertSqlSafe(enter.clone())).execute(&mut *transaction).await.unwrap();
        let receipt = app.publish_in(&mut transaction, vec![written(1, 1), written(1, 2)]).await.unwrap();
        assert_eq!(receipt.events().len(), 2);
        if commits {
            transaction.commit().await.unwrap();
            app.settled(&receipt).await.unwrap();
        } else {
            transaction.rollback().await.unwrap();
        }
    }
    assert_eq!(database.numbers().await, [-1, 1, 2]);
    assert_eq!(app.store().stats().await.unwrap().events, 2);
    app.shutdown().await.unwrap();
    let mut connection = database.connect().await;
    let refused = app.publish_in(&mut connection, (written(1, 3),)).await.unwrap_err();
    assert!(refused.is_unavailable(), "{refused}");
}

/// The server has ended the connection while the handler was at it: all of it is gone, and done again.
#[tokio::test]
async fn a_connection_that_is_cut_takes_the_handler_s_writes_with_it() {
    let Some(database) = Database::new().await else { return };
    let office = database.office();
    office.desk.gate();
    let app = database.start().await;
    app.publish(written(1, 1)).await.unwrap();
    eventually("the call is under way", async || office.desk.under_way() == 1).await;
    const CUT: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE state = 'idle in transaction' AND query LIKE 'INSERT INTO ' || $1 || '.ledger%'";
    let cut = sqlx::query(CUT).bind(database.schema().0).execute(&mut database.connect().await).await.unwrap();
    assert_eq!(cut.rows_affected(), 1);
    office.desk.let_through(1);
    eventually("it is called again", async || office.desk.calls().len() == 2).await;
    assert_eq!(database.numbers().await, [0; 0]);
    office.desk.let_through(1);
    database.has(&[1]).await;
    assert_eq!(app.dead_letters().list(LetterQuery::new()).await.unwrap(), [], "it was none of the handler's faults");
    app.shutdown().await.unwrap();
}

/// What a handler does whose lane has been taken away meanwhile is undone as a whole.
#[tokio::test]
async fn a_reset_undoes_what_is_under_way() {
    let Some(database) = Database::new().await else { return };
    let office = database.office();
    office.desk.gate();
    let app = database.start().await;
    app.publish(written(1, 1)).await.unwrap();
    eventually("the call is under way", async || office.desk.under_way() == 1).await;
    let why = Audit::by("ada").because("once more");
    app.durable_handlers().reset("enter_into_postgres", Position::START, why).await.unwrap();
    office.desk.let_through(1);
    eventually("it is called again", async || office.desk.calls().len() == 2).await;
    assert_eq!(database.numbers().await, [0; 0]);
    office.desk.let_through(1);
    database.has(&[1]).await;
    app.shutdown().await.unwrap();
}

/// PostgreSQL would answer the commit with a rollback, and no error.
#[tokio::test]
async fn an_error_that_was_passed_over_is_a_failure() {
    let Some(database) = Database::new().await else { return };
    let app = database.start_with(handlers![enter_carelessly]).await;
    app.publish_batch(vec![written(1, 1), written(2, 2), written(3, 3)]).await.unwrap();
    database.has(&[1, 3]).await;
    database.letters(&app, LetterStatus::Dead).await;
    let letters = app.dead_letters().list(LetterQuery::new()).await.unwrap();
    assert_eq!((letters.len(), letters[0].position.value()), (1, 2));
    app.shutdown().await.unwrap();
}
