//! Letters: reading them, and what their statistics are.

mod change;
pub(super) mod rows;
mod write;

pub(super) use change::{change, discard_open, purge};
pub(super) use write::{claim, finish, finish_in_lane, write};

use chrono::{DateTime, Utc};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::conditions::{self, json};
use super::error::store_error;
use super::rows::limit;
use crate::error::Error;
use crate::id::HandlerName;
use crate::store::{AttemptRecord, FailedEvent, LetterId, LetterQuery, LetterStats, LetterStatus};

pub(super) fn read(connection: &Connection, query: &LetterQuery) -> Result<Vec<FailedEvent>, Error> {
    let (sql, values) = select(query)?;
    let mut statement = connection.prepare_cached(&sql).map_err(store_error)?;
    let letters = statement.query_map(params_from_iter(values), rows::letter).map_err(store_error)?;
    letters.collect::<rusqlite::Result<_>>().map_err(rows::damaged)
}

fn select(query: &LetterQuery) -> Result<(String, Vec<Value>), Error> {
    let conditions = conditions::of_letters(query)?;
    let (sql, mut values) = conditions.finish(include_str!("../sql/read_letters.sql"), " ORDER BY letter_id LIMIT ?");
    values.push(Value::from(limit(query.limit.unwrap_or(usize::MAX))));
    Ok((sql, values))
}

pub(super) fn attempts(connection: &Connection, id: LetterId) -> Result<Vec<AttemptRecord>, Error> {
    const ATTEMPTS: &str = "SELECT number, failed_at, class, error, fingerprint FROM letter_attempts \
                            WHERE letter_id = ?1 ORDER BY number";
    let mut statement = connection.prepare_cached(ATTEMPTS).map_err(store_error)?;
    let attempts = statement.query_map([id.value()], rows::attempt).map_err(store_error)?;
    attempts.collect::<rusqlite::Result<_>>().map_err(rows::damaged)
}

pub(super) fn next_due(connection: &Connection, handlers: &[HandlerName]) -> Result<Option<DateTime<Utc>>, Error> {
    let mut statement = connection.prepare_cached(include_str!("../sql/next_letter_due.sql")).map_err(store_error)?;
    statement.query_row([json(handlers)?], |row| rows::optional_moment(row, 0)).map_err(rows::damaged)
}

pub(super) fn stats(connection: &Connection) -> Result<LetterStats, Error> {
    const COUNTS: &str = "SELECT handler, status, count(*), min(first_failed_at) FROM letters GROUP BY handler, status";
    let mut statement = connection.prepare_cached(COUNTS).map_err(store_error)?;
    let counts = statement
        .query_map([], |row| {
            let (handler, count) = (row.get::<_, String>(0)?, row.get::<_, i64>(2)?.unsigned_abs());
            Ok((HandlerName::from(handler), rows::status(row, 1)?, count, rows::optional_moment(row, 3)?))
        })
        .map_err(store_error)?;
    let mut stats = LetterStats::default();
    for group in counts {
        let (handler, status, count, oldest) = group.map_err(rows::damaged)?;
        *stats.by_status.entry(status).or_default() += count;
        stats.by_handler.entry(handler).or_default().insert(status, count);
        stats.oldest_open = earlier(stats.oldest_open, oldest.filter(|_| !status.is_closed()));
    }
    Ok(stats)
}

fn earlier(left: Option<DateTime<Utc>>, right: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    left.into_iter().chain(right).min()
}

/// The status of a letter that waits for its next attempt, or has none.
fn waiting(next_attempt_at: Option<DateTime<Utc>>) -> LetterStatus {
    if next_attempt_at.is_some() { LetterStatus::Retrying } else { LetterStatus::Dead }
}

fn micros(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::EventId;
    use crate::store::sqlite::schema::SCHEMA;

    /// How SQLite goes about a query.
    fn plan(query: &LetterQuery) -> String {
        let connection = Connection::open_in_memory().unwrap();
        SCHEMA.bring_up_to_date(&connection).unwrap();
        let (sql, values) = select(query).unwrap();
        let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let steps = plan.query_map(params_from_iter(values), |row| row.get::<_, String>(3)).unwrap();
        steps.map(Result::unwrap).collect::<Vec<_>>().join("; ")
    }

    /// Guards: waiting for a commit's handlers read every letter of the file, several times a second.
    #[test]
    fn letters_of_an_event_are_found_by_index() {
        let about = LetterQuery::new().event_ids([EventId::now(), EventId::now()]);
        for query in [about.clone(), about.status(LetterStatus::Retrying)] {
            let plan = plan(&query);
            assert!(plan.contains("letters_by_event"), "{plan}");
        }
    }

    /// Guards: each lane asks often, and must not read what others have to try again, or later.
    #[test]
    fn letters_due_in_a_lane_are_found_by_index() {
        let due = LetterQuery::new().handler("h").partition(2).due(DateTime::default());
        for query in [due.clone(), due.clone().with_limit(8), due.status(LetterStatus::Retrying)] {
            let plan = plan(&query);
            let index = "letters_due_by_lane (handler=? AND <expr>=? AND next_attempt_at<?)";
            assert!(plan.contains(index), "{plan}");
        }
    }
}
