//! A child: writers that append in every way there is, some of them slowly, some in vain.

use std::io::Write as _;
use std::time::Duration;

use anyhow::{Context as _, Result};
use events::prelude::*;
use events::store::{Append, AppendError, NewEvent, PostgresBackend, PostgresOptions};
use events_tests::random::Random;
use serde::{Deserialize, Serialize};
use sqlx::postgres::{PgConnection, PgPool, PgPoolOptions};
use sqlx::{Connection as _, Transaction};
use tokio::task::JoinSet;

/// The schema of the store whose order is watched, and of another one in the same database.
pub(crate) const SCHEMAS: [&str; 2] = ["watched", "other"];

/// How many streams the writers share.
const STREAMS: u64 = 1_000;

/// The event of the program.
#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "order_written", aggregate = "order_stream")]
struct Written {
    #[event(id)]
    stream: u64,
    text: String,
}

/// Opens one of the two stores.
pub(crate) async fn open(url: &str, schema: &str) -> Result<EventStore> {
    let options = PostgresOptions::new(url)?.with_schema(schema)?;
    Ok(EventStore::new(PostgresBackend::open(options).await?))
}

/// Opens a store, again and again while the server is away.
pub(crate) async fn open_whatever_happens(url: &str, schema: &str) -> Result<EventStore> {
    let mut pace = tokio::time::interval(Duration::from_millis(50));
    loop {
        pace.tick().await;
        match open(url, schema).await {
            Err(error) if may_happen(&error) => {}
            answer => return answer,
        }
    }
}

/// What a child is told.
#[derive(Debug, Clone)]
pub(crate) struct Orders {
    pub(crate) url: String,
    pub(crate) seed: u64,
    /// The number of the child, for other random numbers than its siblings'.
    pub(crate) child: u64,
    pub(crate) writers: u64,
}

/// Writes for ever; ends only with an error.
pub(crate) async fn write(orders: Orders) -> Result<()> {
    let [watched, other] = SCHEMAS;
    let watched = open_whatever_happens(&orders.url, watched).await?;
    let other = open_whatever_happens(&orders.url, other).await?;
    let pool = PgPoolOptions::new().max_connections(8).connect_lazy(&orders.url)?;
    let mut writers = JoinSet::new();
    for number in 0..orders.writers {
        let random = Random::of(&[orders.seed, orders.child, number]);
        let (watched, other, pool) = (watched.clone(), other.clone(), pool.clone());
        writers.spawn(Writer { number, watched, other, pool, random }.work());
    }
    while let Some(ended) = writers.join_next().await {
        ended.context("a writer has panicked")??;
    }
    Ok(())
}

struct Writer {
    number: u64,
    watched: EventStore,
    other: EventStore,
    pool: PgPool,
    random: Random,
}

impl Writer {
    async fn work(mut self) -> Result<()> {
        loop {
            // Every other writer is in a hurry, and overtakes those that take their time.
            let slow = self.number % 2 == 1 && self.random.percent(80);
            let done = match self.random.below(10) {
                _ if slow => self.transact().await,
                0 => self.append_to_the_other().await,
                _ => self.append().await,
            };
            match done {
                Ok(ids) => say(&ids)?,
                Err(error) if may_happen(&error) => {}
                Err(error) => {
                    println!("wrong {error:?}");
                    return Err(error);
                }
            }
        }
    }

    async fn append(&mut self) -> Result<Vec<EventId>> {
        let (commit, ids) = commit(&mut self.random)?;
        self.watched.append(commit).await?;
        Ok(ids)
    }

    async fn append_to_the_other(&mut self) -> Result<Vec<EventId>> {
        let (commit, _) = commit(&mut self.random)?;
        self.other.append(commit).await?;
        Ok(Vec::new())
    }

    /// A transaction as users have them: slow, with savepoints, for both stores; often it comes to nothing.
    async fn transact(&mut self) -> Result<Vec<EventId>> {
        let mut transaction = self.pool.begin().await?;
        let mut written = Vec::new();
        for _ in 0..self.random.between(1, 3) {
            self.dawdle(&mut transaction).await?;
            if self.random.percent(20) {
                let (commit, _) = commit(&mut self.random)?;
                self.other.append_in(&mut transaction, commit).await?;
            }
            if self.random.percent(40) {
                written.extend(self.append_in_a_savepoint(&mut transaction).await?);
            } else {
                let (commit, ids) = commit(&mut self.random)?;
                self.watched.append_in(&mut transaction, commit).await?;
                written.extend(ids);
            }
        }
        self.dawdle(&mut transaction).await?;
        match self.random.below(10) {
            0..7 => transaction.commit().await?,
            7 | 8 => {
                transaction.rollback().await?;
                written.clear();
            }
            // Dropped, it is rolled back as well.
            _ => written.clear(),
        }
        Ok(written)
    }

    async fn append_in_a_savepoint(
        &mut self,
        transaction: &mut Transaction<'_, sqlx::Postgres>,
    ) -> Result<Vec<EventId>> {
        let mut savepoint = transaction.begin().await?;
        let (commit, ids) = commit(&mut self.random)?;
        self.watched.append_in(&mut savepoint, commit).await?;
        self.dawdle(&mut savepoint).await?;
        if self.random.percent(60) {
            savepoint.rollback().await?;
            return Ok(Vec::new());
        }
        savepoint.commit().await?;
        Ok(ids)
    }

    /// Takes its time in the transaction, as a user's own statements do.
    async fn dawdle(&mut self, connection: &mut PgConnection) -> Result<()> {
        let longest = if self.random.percent(10) { 400 } else { 60 };
        let seconds = self.random.below(longest) as f64 / 1_000.0;
        sqlx::query("SELECT pg_sleep($1)").bind(seconds).execute(connection).await?;
        Ok(())
    }
}

/// Some events of one stream or two, and their ids.
pub(crate) fn commit(random: &mut Random) -> Result<(Append, Vec<EventId>)> {
    let streams = [random.below(STREAMS), random.below(STREAMS)];
    let mut commit = Append::new();
    let mut ids = Vec::new();
    for _ in 0..random.between(1, 5) {
        let [first, second] = streams;
        let event = Written { stream: if random.percent(25) { second } else { first }, text: "x".repeat(50) };
        let metadata = EventMetadata::new(&event, &Context::new());
        ids.push(metadata.event_id());
        commit = commit.event(NewEvent::new(&event, metadata)?);
    }
    Ok((commit, ids))
}

/// Says that events are committed, in a line that outlives this process.
fn say(ids: &[EventId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let line: Vec<_> = ids.iter().map(ToString::to_string).collect();
    let mut output = std::io::stdout().lock();
    output.write_all(format!("ok {}\n", line.join(" ")).as_bytes())?;
    Ok(output.flush()?)
}

/// Connections are cut here, servers go away, and users' transactions lock streams in any order.
pub(crate) fn may_happen(error: &anyhow::Error) -> bool {
    let of_store = |error: &events::Error| error.is_unavailable() || error.is_timeout();
    if let Some(AppendError::Store(error)) = error.downcast_ref() {
        return of_store(error);
    }
    error.downcast_ref().is_some_and(of_store) || error.downcast_ref().is_some_and(is_cut)
}

/// Cut off, not there just now, or chosen as the victim of a deadlock.
pub(crate) fn is_cut(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            code.starts_with("08") || ["57P01", "57P02", "57P03", "40P01", "25P02"].contains(&&*code)
        }),
        error => matches!(error, sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Protocol(_)),
    }
}
