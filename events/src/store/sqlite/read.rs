//! Reading streams and the log, and counting.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::conditions;
use super::error::store_error;
use super::rows::{self, EventReader, clamped};
use crate::error::Error;
use crate::event::RecordedEvent;
use crate::id::{Position, StreamId, Version};
use crate::store::{Direction, EventFilter, LogPage, LogQuery, StoreStats, StreamQuery};

/// Adds the events of a stream to those that were read before them.
pub(super) fn stream(
    connection: &Connection,
    stream: &StreamId,
    query: &StreamQuery,
    before: Vec<RecordedEvent>,
) -> Result<Vec<RecordedEvent>, Error> {
    let sql = match query.direction() {
        Direction::Forwards => include_str!("sql/read_stream_forwards.sql"),
        Direction::Backwards => include_str!("sql/read_stream_backwards.sql"),
    };
    let mut statement = connection.prepare_cached(sql).map_err(store_error)?;
    let bounds = (clamped(query.lowest().value()), clamped(query.highest().value()));
    let id = stream.id().to_string();
    let rows = statement
        .query(params![stream.aggregate().as_str(), id, bounds.0, bounds.1, rows::limit(query.limit())])
        .map_err(store_error)?;
    rows::events(rows, EventReader::new(Some(stream.clone())), before)
}

/// Reads one event more than asked for, to know whether the page is the last.
pub(super) fn log(connection: &Connection, query: &LogQuery) -> Result<LogPage, Error> {
    let bounds = Bounds::look(connection, query)?;
    if query.limit() == 0 {
        return Ok(LogPage::new(Vec::new(), None, bounds.start));
    }
    let (sql, values) = select(include_str!("sql/read_log.sql"), query)?;
    let mut statement = connection.prepare_cached(&sql).map_err(store_error)?;
    let rows = statement.query(params_from_iter(values)).map_err(store_error)?;
    let mut events = rows::events(rows, EventReader::new(query.filter().stream.clone()), Vec::new())?;
    let more = events.len() > query.limit();
    events.truncate(query.limit());
    let last = events.last().map(RecordedEvent::position);
    Ok(LogPage::new(events, last.filter(|_| more), bounds.through(last, more)))
}

/// From where a query of the log looks, and up to where at least.
pub(super) struct Bounds {
    pub(super) start: Position,
    end: Position,
    direction: Direction,
}

impl Bounds {
    /// Looks up the end of the log. It is called before the log is read: what is recorded meanwhile lies
    /// behind that end.
    pub(super) fn look(connection: &Connection, query: &LogQuery) -> Result<Self, Error> {
        let (start, direction) = (query.start().unwrap_or(Position::START), query.direction());
        let end = match direction {
            Direction::Backwards => Position::START,
            // The last event that is found is the end.
            Direction::Forwards if is_plain(query.filter()) => start,
            Direction::Forwards => start.max(end(connection)?),
        };
        Ok(Self { start, end, direction })
    }

    /// How far a page has looked whose last event is at `last`, with `more` after it.
    pub(super) fn through(&self, last: Option<Position>, more: bool) -> Position {
        let last = last.filter(|last| more || (self.direction == Direction::Forwards && *last > self.end));
        last.unwrap_or(self.end)
    }
}

/// The query of those columns for one event more than the limit.
pub(super) fn select(columns: &str, query: &LogQuery) -> Result<(String, Vec<Value>), Error> {
    let mut conditions = conditions::of_events(query.filter())?;
    // Within one stream the order of the versions is that of the positions, and has an index.
    let column = if query.filter().stream.is_some() { "version" } else { "position" };
    let start = query.start().map(|position| Value::from(clamped(position.value())));
    let order = match query.direction() {
        Direction::Forwards => {
            conditions.add("position > ?", [start.unwrap_or(Value::from(0))]);
            format!(" ORDER BY {column} LIMIT ?")
        }
        Direction::Backwards => {
            conditions.add("position < ?", [start.unwrap_or(Value::from(i64::MAX))]);
            format!(" ORDER BY {column} DESC LIMIT ?")
        }
    };
    let (sql, mut values) = conditions.finish(columns, &order);
    values.push(Value::from(rows::limit(query.limit().saturating_add(1))));
    Ok((sql, values))
}

/// The end of the log: commits take turns, so that none can come later at a lower position.
pub(super) fn end(connection: &Connection) -> Result<Position, Error> {
    last_position(connection).map(|end| Position::new(end.unsigned_abs())).map_err(store_error)
}

pub(super) fn last_position(connection: &Connection) -> rusqlite::Result<i64> {
    const LAST: &str = "SELECT ifnull(max(position), 0) FROM events";
    connection.prepare_cached(LAST)?.query_row([], |row| row.get(0))
}

pub(super) fn version(connection: &Connection, stream: &StreamId) -> Result<Version, Error> {
    const VERSION: &str = "SELECT version FROM streams WHERE aggregate = ?1 AND aggregate_id = ?2";
    let mut statement = connection.prepare_cached(VERSION).map_err(store_error)?;
    let id = stream.id().to_string();
    let version: Option<i64> =
        statement.query_row([stream.aggregate().as_str(), &id], |row| row.get(0)).optional().map_err(store_error)?;
    Ok(Version::new(version.unwrap_or(0).unsigned_abs()))
}

pub(super) fn count(connection: &Connection, filter: &EventFilter) -> Result<u64, Error> {
    let (sql, values) = conditions::of_events(filter)?.finish("SELECT count(*) FROM events", "");
    let mut statement = connection.prepare_cached(&sql).map_err(store_error)?;
    let count: i64 = statement.query_row(params_from_iter(values), |row| row.get(0)).map_err(store_error)?;
    Ok(count.unsigned_abs())
}

/// All counts are taken in one transaction, so that they belong together.
pub(super) fn stats(connection: &Connection) -> Result<StoreStats, Error> {
    const TOTALS: &str = "SELECT count(*), coalesce(max(position), 0), \
                          (SELECT count(*) FROM streams WHERE version > 0), (SELECT count(*) FROM snapshots) FROM events";
    const BY_NAME: &str = "SELECT event_name, count(*) FROM events GROUP BY event_name";
    const BY_AGGREGATE: &str = "SELECT aggregate, count(*) FROM events GROUP BY aggregate";
    in_snapshot(connection, |connection| {
        let totals = connection.query_row(TOTALS, [], |row| <(i64, i64, i64, i64)>::try_from(row))?;
        let (events, last, streams, snapshots) = totals;
        Ok(StoreStats {
            events: events.unsigned_abs(),
            streams: streams.unsigned_abs(),
            snapshots: snapshots.unsigned_abs(),
            last_position: Position::new(last.unsigned_abs()),
            by_event: grouped(connection, BY_NAME)?,
            by_aggregate: grouped(connection, BY_AGGREGATE)?,
        })
    })
    .map_err(store_error)
}

/// Runs several queries on one state of the database. The transaction of the writer's connection
/// is one already.
pub(super) fn in_snapshot<T>(
    connection: &Connection,
    read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    if !connection.is_autocommit() {
        return read(connection);
    }
    let transaction = connection.unchecked_transaction()?;
    let result = read(&transaction)?;
    transaction.commit()?;
    Ok(result)
}

fn grouped<N: From<String> + Ord>(
    connection: &Connection,
    sql: &str,
) -> rusqlite::Result<std::collections::BTreeMap<N, u64>> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| {
        let (name, count) = <(String, i64)>::try_from(row)?;
        Ok((N::from(name), count.unsigned_abs()))
    })?;
    rows.collect()
}

/// A query of which nothing but a limit and a start is asked.
pub(super) fn is_plain(filter: &EventFilter) -> bool {
    *filter == EventFilter::new()
}
