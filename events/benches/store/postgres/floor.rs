//! What one would write by hand with sqlx: one statement per commit, which moves the stream's head, keeps
//! ids and versions unique, and holds readers of the log back before its first position.

use chrono::{DateTime, Utc};
use events::BoxError;
use events::store::Append;
use futures_util::TryStreamExt;
use sqlx::postgres::{PgPool, PgPoolOptions, PgRow};
use sqlx::{AssertSqlSafe, Executor, Row};
use uuid::Uuid;

use crate::Meal;

const SCHEMA: &str = "
CREATE SCHEMA {schema};
CREATE TABLE {schema}.streams (
    aggregate text COLLATE \"C\" NOT NULL, aggregate_id text COLLATE \"C\" NOT NULL, version bigint NOT NULL,
    PRIMARY KEY (aggregate, aggregate_id)
);
CREATE TABLE {schema}.events (
    position bigserial PRIMARY KEY, event_id uuid NOT NULL UNIQUE, aggregate text COLLATE \"C\" NOT NULL,
    aggregate_id text COLLATE \"C\" NOT NULL, version bigint NOT NULL, event_name text COLLATE \"C\" NOT NULL,
    schema_version bigint NOT NULL, occurred_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL,
    correlation_id uuid NOT NULL, causation_id uuid, actor text COLLATE \"C\", payload json NOT NULL,
    UNIQUE (aggregate, aggregate_id, version)
);";
const APPEND: &str = "
WITH head AS (
    INSERT INTO {schema}.streams AS s VALUES ($1, $2, $3)
    ON CONFLICT (aggregate, aggregate_id) DO UPDATE SET version = s.version + $3
    RETURNING version
), pin AS MATERIALIZED (
    SELECT pg_advisory_xact_lock_shared(7, (last_value & 2147483647)::int4) FROM {schema}.events_position_seq
)
INSERT INTO {schema}.events (
    event_id, aggregate, aggregate_id, version, event_name, schema_version, occurred_at, recorded_at, correlation_id,
    causation_id, actor, payload
)
SELECT e.id::uuid, $1, $2, head.version - $3 + e.number, e.name, e.schema,
       to_timestamp(e.occurred / 1000000.0), now(), e.correlation::uuid, e.causation::uuid, e.actor, e.payload::json
FROM head, pin, unnest($4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::text[], $9::text[], $10::text[], $11::text[])
    WITH ORDINALITY AS e (id, name, schema, occurred, correlation, causation, actor, payload, number)";
const LOAD: &str =
    "SELECT version, payload FROM {schema}.events WHERE aggregate = $1 AND aggregate_id = $2 ORDER BY version";
const PAGE: &str =
    "SELECT position, payload, event_name FROM {schema}.events WHERE position > $1 ORDER BY position LIMIT 1000";

/// A pool of 16.
#[derive(Clone)]
pub(crate) struct Floor {
    pool: PgPool,
    pub(crate) schema: String,
}

impl Floor {
    pub(crate) async fn open(url: &str, schema: &str) -> Result<Self, BoxError> {
        let pool = PgPoolOptions::new().max_connections(16).connect(url).await?;
        let floor = Self { pool, schema: schema.to_owned() };
        floor.pool.execute(floor.sql(SCHEMA)).await?;
        Ok(floor)
    }

    fn sql(&self, text: &str) -> AssertSqlSafe<String> {
        AssertSqlSafe(text.replace("{schema}", &self.schema))
    }

    /// All events of the commit are of one stream.
    pub(crate) async fn append(&self, commit: &Append) -> Result<(), BoxError> {
        let Some(first) = commit.events().first() else { return Ok(()) };
        let stream = first.metadata().stream();
        let metadata: Vec<_> = commit.events().iter().map(|event| event.metadata()).collect();
        let micros = |time: DateTime<Utc>| time.timestamp_micros();
        sqlx::query(self.sql(APPEND))
            .bind(stream.aggregate().as_str())
            .bind(stream.id().to_string())
            .bind(i64::try_from(commit.events().len())?)
            .bind(metadata.iter().map(|event| event.event_id().to_string()).collect::<Vec<_>>())
            .bind(metadata.iter().map(|event| event.name().as_str()).collect::<Vec<_>>())
            .bind(metadata.iter().map(|event| i64::from(event.schema_version().value())).collect::<Vec<_>>())
            .bind(metadata.iter().map(|event| micros(event.occurred_at())).collect::<Vec<_>>())
            .bind(metadata.iter().map(|event| event.correlation_id().to_string()).collect::<Vec<_>>())
            .bind(metadata.iter().map(|event| event.causation_id().map(|id| id.to_string())).collect::<Vec<_>>())
            .bind(metadata.iter().map(|event| event.actor().map(|actor| actor.as_str())).collect::<Vec<_>>())
            .bind(commit.events().iter().map(|event| event.payload().as_json()).collect::<Vec<_>>())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Only what the fold of an aggregate needs.
    pub(crate) async fn load(&self, user: Uuid) -> Result<u64, BoxError> {
        let mut rows = sqlx::query(self.sql(LOAD)).bind("food_diary").bind(user.to_string()).fetch(&self.pool);
        let mut total = 0;
        while let Some(row) = rows.try_next().await? {
            total += calories(&row)?;
        }
        Ok(total)
    }

    pub(crate) async fn scan(&self) -> Result<u64, BoxError> {
        let (mut after, mut total) = (0_i64, 0);
        loop {
            let mut rows = sqlx::query(self.sql(PAGE)).bind(after).fetch(&self.pool);
            let mut last = None;
            while let Some(row) = rows.try_next().await? {
                last = Some(row.try_get(0)?);
                total += calories(&row)?;
            }
            match last {
                Some(last) => after = last,
                None => return Ok(total),
            }
        }
    }

    /// Has the server tidy up after what was written to a table, so that nobody is measured meanwhile.
    pub(crate) async fn settle(&self, schema: &str) -> Result<(), BoxError> {
        self.pool.execute(AssertSqlSafe(format!("VACUUM ANALYZE {schema}.events"))).await?;
        Ok(())
    }
}

/// The payload is the second column.
fn calories(row: &PgRow) -> Result<u64, BoxError> {
    let meal: Meal = serde_json::from_str(row.try_get_raw(1)?.as_str()?)?;
    Ok(u64::from(meal.calories))
}
