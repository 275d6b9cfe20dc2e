//! Catching up on PostgreSQL, against a loop that is written with sqlx.
//!
//! The server is the one at `DATABASE_URL`, or on this machine's port 5432. Without one, nothing is
//! measured. Both sides read the same table, in a schema that is removed at the end.

use events::BoxError;
use events::prelude::*;
use events::store::{PostgresBackend, PostgresOptions};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, Row, ValueRef};

use crate::catch_up::{BAR, Diet, EVENTS, ours};
use crate::support::timed;
use crate::{Bench, compare, fill};

const SERVER: &str = "postgres://postgres@127.0.0.1:5432/postgres";
const WORKLOADS: [&str; 2] = ["postgres-catch-up", "postgres-catch-up-whole"];

pub(crate) fn run(bench: &Bench) -> Result<(), BoxError> {
    if !WORKLOADS.iter().any(|name| bench.wants(name)) {
        return Ok(());
    }
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| SERVER.to_owned());
    let options: PgConnectOptions = url.parse()?;
    if let Err(error) = bench.runtime.block_on(options.connect()) {
        println!("skipped postgres: no server answers ({error})");
        return Ok(());
    }
    let schema = format!("bench_{}", Uuid::new_v4().simple());
    let pool = bench.runtime.block_on(PgPoolOptions::new().max_connections(1).connect(&url))?;
    let done = measure(bench, &url, ByHand { pool: pool.clone(), schema: schema.clone() });
    let remove = AssertSqlSafe(format!("DROP SCHEMA IF EXISTS {schema} CASCADE"));
    bench.runtime.block_on(pool.execute(remove))?;
    done
}

fn measure(bench: &Bench, url: &str, by_hand: ByHand) -> Result<(), BoxError> {
    let store = bench.runtime.block_on(async {
        let options = PostgresOptions::new(url)?.with_schema(&by_hand.schema)?;
        let store = EventStore::new(PostgresBackend::open(options).await?);
        fill(&store, EVENTS).await?;
        by_hand.prepare().await?;
        Ok::<_, BoxError>(store)
    })?;
    for (name, reads) in WORKLOADS.into_iter().zip([(PAYLOADS, page as Page), (WHOLE, whole_page)]) {
        if bench.wants(name) {
            let floor = || timed(|| bench.runtime.block_on(by_hand.follow(reads)));
            compare(name, BAR, || Ok((ours(bench, &store)?, floor()?)))?;
        }
    }
    Ok(bench.runtime.block_on(store.close())?)
}

const PAYLOADS: &str = "position, event_name, payload";
const WHOLE: &str = "position, event_name, payload, event_id, aggregate, aggregate_id, version, schema_version, \
                     occurred_at, recorded_at, correlation_id, causation_id, actor, tenant, metadata";

/// Calls the function with a page, and answers with its last position.
type Page = fn(&[PgRow], &Diet) -> Result<Option<i64>, BoxError>;

/// What one would write by hand, on the same table.
struct ByHand {
    pool: PgPool,
    schema: String,
}

impl ByHand {
    /// Makes room for the checkpoint, and has the server tidy up, so that nobody is measured meanwhile.
    async fn prepare(&self) -> Result<(), BoxError> {
        let schema = &self.schema;
        for sql in [
            format!("CREATE TABLE {schema}.by_hand (name text PRIMARY KEY, position bigint NOT NULL)"),
            format!("INSERT INTO {schema}.by_hand VALUES ('eat', 0)"),
            format!("VACUUM ANALYZE {schema}.events"),
        ] {
            self.pool.execute(AssertSqlSafe(sql)).await?;
        }
        Ok(())
    }

    async fn follow(&self, (columns, page): (&str, Page)) -> Result<(), BoxError> {
        let log =
            format!("SELECT {columns} FROM {}.events WHERE position > $1 ORDER BY position LIMIT 1000", self.schema);
        let save = format!("UPDATE {}.by_hand SET position = $1 WHERE name = 'eat'", self.schema);
        let diet = Diet::of(EVENTS)?;
        let mut after = 0_i64;
        loop {
            let rows = sqlx::query(AssertSqlSafe(log.clone())).bind(after).fetch_all(&self.pool).await?;
            let Some(last) = page(&rows, &diet)? else { return diet.check() };
            sqlx::query(AssertSqlSafe(save.clone())).bind(last).execute(&self.pool).await?;
            after = last;
        }
    }
}

fn page(rows: &[PgRow], diet: &Diet) -> Result<Option<i64>, BoxError> {
    for row in rows.iter().filter(|row| is_meal(row)) {
        diet.eat(&serde_json::from_str(row.try_get_raw(2)?.as_str()?)?);
    }
    Ok(rows.last().map(|last| last.try_get(0)).transpose()?)
}

fn is_meal(row: &PgRow) -> bool {
    row.try_get(1).is_ok_and(|name: &str| name == "meal_logged")
}

/// With the metadata of the page, kept until its events were handled.
fn whole_page(rows: &[PgRow], diet: &Diet) -> Result<Option<i64>, BoxError> {
    type Row<'r> = (i64, String, &'r str, Uuid, String, Uuid, i64, i64, i64, i64, Uuid, Option<Uuid>, Option<String>);
    let mut events: Vec<Row<'_>> = Vec::new();
    for row in rows {
        events.push((
            row.try_get(0)?,
            row.try_get(1)?,
            row.try_get_raw(2)?.as_str()?,
            id(row, 3)?,
            row.try_get(4)?,
            row.try_get::<&str, _>(5)?.parse()?,
            row.try_get(6)?,
            row.try_get(7)?,
            micros(row, 8)?,
            micros(row, 9)?,
            id(row, 10)?,
            if row.try_get_raw(11)?.is_null() { None } else { Some(id(row, 11)?) },
            row.try_get(12)?,
        ));
    }
    for event in events.iter().filter(|event| event.1 == "meal_logged") {
        diet.eat(&serde_json::from_str(event.2)?);
    }
    Ok(events.last().map(|last| last.0))
}

/// A time, as the server sends it.
fn micros(row: &PgRow, index: usize) -> Result<i64, BoxError> {
    Ok(i64::from_be_bytes(row.try_get_raw(index)?.as_bytes()?.try_into()?))
}

fn id(row: &PgRow, index: usize) -> Result<Uuid, BoxError> {
    Ok(Uuid::from_slice(row.try_get_raw(index)?.as_bytes()?)?)
}
