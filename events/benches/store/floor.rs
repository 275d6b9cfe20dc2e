//! What one would write by hand with rusqlite: WAL, FULL, prepared statements, unique ids and
//! versions, a head row per stream. One connection, no thread, no queue.

use std::path::Path;

use chrono::Utc;
use events::store::Append;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use crate::{BoxError, Meal};

const SCHEMA: &str = "
CREATE TABLE streams (
    aggregate TEXT NOT NULL, aggregate_id TEXT NOT NULL, version INTEGER NOT NULL,
    PRIMARY KEY (aggregate, aggregate_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE events (
    position INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, aggregate TEXT NOT NULL, aggregate_id TEXT NOT NULL,
    version INTEGER NOT NULL, event_name TEXT NOT NULL, schema_version INTEGER NOT NULL, occurred_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL, correlation_id TEXT NOT NULL, causation_id TEXT, actor TEXT, payload TEXT NOT NULL,
    UNIQUE (aggregate, aggregate_id, version)
) STRICT;";
const INSERT: &str = "INSERT INTO events (event_id, aggregate, aggregate_id, version, event_name, schema_version, \
                      occurred_at, recorded_at, correlation_id, causation_id, actor, payload) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
const STREAM: &str = "SELECT version, payload FROM events WHERE aggregate = ?1 AND aggregate_id = ?2 ORDER BY version";
const STREAM_WHOLE: &str = "SELECT event_id, version, event_name, occurred_at, recorded_at, correlation_id, actor, \
                            payload FROM events WHERE aggregate = ?1 AND aggregate_id = ?2 ORDER BY version";
const LOG_WHOLE: &str = "SELECT position, event_id, aggregate, aggregate_id, version, event_name, schema_version, \
                         occurred_at, recorded_at, correlation_id, causation_id, actor, payload FROM events \
                         WHERE position > ?1 ORDER BY position LIMIT 1000";
const LOG: &str = "SELECT position, event_name, payload FROM events WHERE position > ?1 ORDER BY position LIMIT 1000";

pub(crate) struct Floor(Connection);

impl Floor {
    pub(crate) fn open(path: &Path) -> Result<Self, BoxError> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self(connection))
    }

    /// All events of the commit are of one stream.
    pub(crate) fn append(&self, commit: &Append) -> Result<(), BoxError> {
        const HEAD: &str = "SELECT version FROM streams WHERE aggregate = ?1 AND aggregate_id = ?2";
        const MOVE: &str = "INSERT INTO streams VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET version = ?3";
        let Some(first) = commit.events().first() else { return Ok(()) };
        let (aggregate, id) =
            (first.metadata().stream().aggregate().as_str(), first.metadata().stream().id().to_string());
        self.0.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let head = self.0.prepare_cached(HEAD)?.query_row([aggregate, &id], |row| row.get::<_, i64>(0)).optional()?;
        let mut version = head.unwrap_or(0);
        let now = Utc::now().timestamp_micros();
        let mut insert = self.0.prepare_cached(INSERT)?;
        for event in commit.events() {
            version += 1;
            let metadata = event.metadata();
            insert.execute(params![
                metadata.event_id().to_string(),
                aggregate,
                id,
                version,
                metadata.name().as_str(),
                metadata.schema_version().value(),
                metadata.occurred_at().timestamp_micros(),
                now,
                metadata.correlation_id().to_string(),
                metadata.causation_id().map(|id| id.to_string()),
                metadata.actor().map(|actor| actor.as_str()),
                event.payload().as_json(),
            ])?;
        }
        self.0.prepare_cached(MOVE)?.execute(params![aggregate, id, version])?;
        self.0.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }

    /// Only what the fold of an aggregate needs.
    pub(crate) fn load(&self, user: Uuid) -> Result<u64, BoxError> {
        let mut statement = self.0.prepare_cached(STREAM)?;
        let mut rows = statement.query(["food_diary", &user.to_string()])?;
        let mut calories = 0;
        while let Some(row) = rows.next()? {
            let meal: Meal = serde_json::from_str(row.get_ref(1)?.as_str()?)?;
            calories += u64::from(meal.calories);
        }
        Ok(calories)
    }

    /// With the metadata, kept until the end, as a list of recorded events is.
    pub(crate) fn load_whole(&self, user: Uuid) -> Result<u64, BoxError> {
        type Row = (Uuid, i64, String, i64, i64, Uuid, Option<String>, String);
        let mut statement = self.0.prepare_cached(STREAM_WHOLE)?;
        let mut rows = statement.query(["food_diary", &user.to_string()])?;
        let mut events: Vec<Row> = Vec::new();
        while let Some(row) = rows.next()? {
            let (id, correlation) = (row.get_ref(0)?.as_str()?.parse()?, row.get_ref(5)?.as_str()?.parse()?);
            let (version, name, payload) = (row.get(1)?, row.get(2)?, row.get(7)?);
            events.push((id, version, name, row.get(3)?, row.get(4)?, correlation, row.get(6)?, payload));
        }
        let mut calories = 0;
        for event in &events {
            calories += u64::from(serde_json::from_str::<Meal>(&event.7)?.calories);
        }
        Ok(calories)
    }

    pub(crate) fn scan(&self) -> Result<u64, BoxError> {
        self.pages(LOG, |rows| {
            let (mut last, mut calories) = (None, 0);
            while let Some(row) = rows.next()? {
                last = Some(row.get(0)?);
                calories += u64::from(serde_json::from_str::<Meal>(row.get_ref(2)?.as_str()?)?.calories);
            }
            Ok((last, calories))
        })
    }

    /// With the metadata of a page, kept until it was decoded.
    pub(crate) fn scan_whole(&self) -> Result<u64, BoxError> {
        type Row = (i64, Uuid, String, Uuid, i64, String, i64, i64, Uuid, Option<Uuid>, Option<String>, String);
        self.pages(LOG_WHOLE, |rows| {
            let mut events: Vec<Row> = Vec::new();
            while let Some(row) = rows.next()? {
                let id = |index| -> Result<Uuid, BoxError> { Ok(row.get_ref(index)?.as_str()?.parse()?) };
                let cause = row.get_ref(10)?.as_str_or_null()?.map(str::parse).transpose()?;
                events.push((
                    row.get(0)?,
                    id(1)?,
                    row.get(2)?,
                    id(3)?,
                    row.get(4)?,
                    row.get(5)?,
                    row.get(7)?,
                    row.get(8)?,
                    id(9)?,
                    cause,
                    row.get(11)?,
                    row.get(12)?,
                ));
            }
            let mut calories = 0;
            for event in &events {
                calories += u64::from(serde_json::from_str::<Meal>(&event.11)?.calories);
            }
            Ok((events.last().map(|last| last.0), calories))
        })
    }

    fn pages(
        &self,
        sql: &str,
        page: impl Fn(&mut rusqlite::Rows<'_>) -> Result<(Option<i64>, u64), BoxError>,
    ) -> Result<u64, BoxError> {
        let (mut after, mut total) = (0, 0);
        loop {
            let mut statement = self.0.prepare_cached(sql)?;
            let (last, calories) = page(&mut statement.query([after])?)?;
            total += calories;
            match last {
                Some(last) => after = last,
                None => return Ok(total),
            }
        }
    }
}
