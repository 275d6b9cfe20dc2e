//! The handlers under test. Each notes what it has handled.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use events::handler::HandlerResult;
use events::prelude::*;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::engine::Outside;
use crate::journal::Journal;
use crate::{EngineName, Sabotage};

/// The handler whose effects are rows of the store's own database.
pub(crate) const BOOK: &str = "book";
/// Those that write lines.
pub(crate) const READERS: [&str; 4] = ["read", "share", "stumble", "give_up"];

/// A number on a page; the numbers of a page begin with 1 and have no gaps.
#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "delivery.noted", aggregate = "delivery.page")]
pub(crate) struct Noted {
    #[event(id)]
    pub(crate) page: u64,
    pub(crate) number: u64,
}

/// What the handlers share.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    pub(crate) journal: Journal,
    pub(crate) outside: Outside,
    /// Whether a handler leaves out events.
    pub(crate) forgets: bool,
    pub(crate) stumbles: Arc<AtomicU64>,
}

impl Desk {
    /// Gives up now and then.
    fn give_up(&self) -> HandlerResult {
        if self.stumbles.fetch_add(1, Ordering::Relaxed) % 89 == 88 {
            return Err(HandlerError::permanent("gave up"));
        }
        Ok(())
    }

    /// Fails now and then.
    fn stumble(&self) -> HandlerResult {
        if self.stumbles.fetch_add(1, Ordering::Relaxed) % 11 == 10 {
            return Err(HandlerError::transient("stumbled"));
        }
        Ok(())
    }
}

/// The plain case.
#[event_handler(durable(from = "start"))]
async fn read(event: &Noted, State(desk): State<&Desk>) -> HandlerResult {
    if desk.forgets && !event.number.is_multiple_of(2) {
        return Ok(());
    }
    Ok(desk.journal.add("read", event.page, event.number)?)
}

/// Shared out among the workers, with waits in between, so that calls are under way when a worker dies.
#[event_handler(durable(from = "start", partitions = 4))]
async fn share(event: &Noted, State(desk): State<&Desk>) -> HandlerResult {
    tokio::task::yield_now().await;
    Ok(desk.journal.add("share", event.page, event.number)?)
}

/// Fails now and then: what comes behind has to wait.
#[event_handler(
    durable(from = "start", partitions = 2),
    retry(attempts = 50, initial_delay = "20ms", max_delay = "100ms")
)]
async fn stumble(event: &Noted, State(desk): State<&Desk>) -> HandlerResult {
    desk.stumble()?;
    Ok(desk.journal.add("stumble", event.page, event.number)?)
}

/// Gives up now and then: what comes behind has to wait until an operator has it tried again.
#[event_handler(durable(from = "start", partitions = 2))]
async fn give_up(event: &Noted, State(desk): State<&Desk>) -> HandlerResult {
    desk.give_up()?;
    Ok(desk.journal.add("give_up", event.page, event.number)?)
}

/// Writes in the transaction that moves the checkpoint, and fails now and then when it has written.
#[event_handler(
    durable(from = "start"),
    name = "book",
    retry(attempts = 50, initial_delay = "20ms", max_delay = "100ms")
)]
fn book_in_sqlite(event: &Noted, State(desk): State<&Desk>, Tx(db): Tx<&mut rusqlite::Connection>) -> HandlerResult {
    let mut insert = db.prepare_cached("INSERT INTO effects (page, number) VALUES (?1, ?2)")?;
    insert.execute((i64::try_from(event.page)?, i64::try_from(event.number)?))?;
    desk.stumble()
}

/// Does the same on PostgreSQL.
#[event_handler(
    durable(from = "start"),
    name = "book",
    retry(attempts = 50, initial_delay = "20ms", max_delay = "100ms")
)]
async fn book_in_postgres(event: &Noted, State(desk): State<&Desk>, Tx(db): Tx<&mut PgConnection>) -> HandlerResult {
    let insert = sqlx::query("INSERT INTO public.effects (page, number) VALUES ($1, $2)");
    insert.bind(i64::try_from(event.page)?).bind(i64::try_from(event.number)?).execute(db).await?;
    desk.stumble()
}

/// Writes the same beside it: what it has written stays when it fails.
#[event_handler(
    durable(from = "start"),
    name = "book",
    retry(attempts = 50, initial_delay = "20ms", max_delay = "100ms")
)]
async fn book_outside(event: &Noted, State(desk): State<&Desk>) -> HandlerResult {
    desk.outside.write(event.page, event.number).await?;
    desk.stumble()
}

/// The handlers that a worker runs.
pub(crate) fn chosen(engine: EngineName, sabotage: Option<Sabotage>) -> HandlerRegistry {
    let book = match (sabotage, engine) {
        (Some(Sabotage::Outside), _) => handlers![book_outside],
        (_, EngineName::Sqlite) => handlers![book_in_sqlite],
        (_, EngineName::Postgres) => handlers![book_in_postgres],
    };
    HandlerRegistry::only(handlers![read, share, stumble, give_up].into_iter().chain(book))
}
