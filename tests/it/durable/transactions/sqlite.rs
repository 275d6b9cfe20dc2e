//! In an SQLite file.

use events::prelude::*;
use rusqlite::Connection;

use super::super::{Closed, Desk, Office, Written};
use super::{Ledger, close};

/// It has written its row before it says how it went.
#[event_handler(durable(from = "start"), retry(attempts = 3, initial_delay = "10s", jitter = 0.0))]
fn enter_into_sqlite(
    event: &Written,
    attempt: Attempt,
    State(desk): State<&Desk>,
    Tx(db): Tx<&mut Connection>,
) -> Result<Outcome, HandlerError> {
    db.execute("INSERT INTO ledger VALUES (?1)", [event.number.cast_signed()]).map_err(HandlerError::transient)?;
    close(event)?;
    desk.handle_now(event, attempt)
}

#[event_handler(durable(from = "start", batch = 20), retry(attempts = 3, initial_delay = "10s", jitter = 0.0))]
fn enter_all_into_sqlite(
    events: &[Envelope<'_, Written>],
    attempt: Attempt,
    State(desk): State<&Desk>,
    Tx(db): Tx<&mut Connection>,
) -> Result<Outcome, HandlerError> {
    for event in events {
        db.execute("INSERT INTO ledger VALUES (?1)", [event.number.cast_signed()]).map_err(HandlerError::transient)?;
    }
    desk.handle_all(events, attempt)
}

#[event_handler(durable(from = "start"), timeout = "1h")]
async fn hang_in_sqlite(
    event: &Written,
    attempt: Attempt,
    State(desk): State<&Desk>,
    Tx(db): Tx<&mut Connection>,
) -> Result<(), HandlerError> {
    db.execute("INSERT INTO ledger VALUES (?1)", [event.number.cast_signed()]).map_err(HandlerError::transient)?;
    drop(desk.handle_now(event, attempt));
    std::future::pending().await
}

#[event_handler(durable(from = "start"), retry(attempts = 1))]
fn publish_beside_sqlite(
    event: &Written,
    app: &EventDispatcher,
    Tx(_): Tx<&mut Connection>,
) -> Result<(), HandlerError> {
    app.publish_blocking(Closed { book: event.book })?;
    Ok(())
}

struct File(Office);

impl File {
    async fn new() -> Self {
        let file = Self(Office::in_a_file().await);
        // No key: what is entered twice is found out.
        file.connect().execute_batch("CREATE TABLE ledger (number INTEGER NOT NULL)").unwrap();
        file
    }

    fn connect(&self) -> Connection {
        let folder = self.0.place.as_ref().unwrap().downcast_ref::<tempfile::TempDir>().unwrap();
        Connection::open(folder.path().join("office.db")).unwrap()
    }
}

impl Ledger for File {
    fn office(&self) -> &Office {
        &self.0
    }

    async fn start(&self) -> EventDispatcher {
        self.0.start(handlers![enter_into_sqlite]).await
    }

    async fn start_publishing(&self) -> EventDispatcher {
        self.0.start(handlers![publish_beside_sqlite]).await
    }

    async fn start_with_batches(&self) -> EventDispatcher {
        self.0.start(handlers![enter_all_into_sqlite]).await
    }

    async fn start_hanging(&self) -> EventDispatcher {
        self.0.start(handlers![hang_in_sqlite]).await
    }

    async fn numbers(&self) -> Vec<i64> {
        let connection = self.connect();
        let mut select = connection.prepare("SELECT number FROM ledger ORDER BY number").unwrap();
        select.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }
}

macro_rules! cases {
    ($($case:ident),+ $(,)?) => {
        $(#[tokio::test] async fn $case() { super::$case(File::new().await).await })+
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
