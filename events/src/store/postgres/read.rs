//! Reading streams and the log, and counting.

use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{Postgres, Row};

use super::conditions::{self, Query};
use super::link::{Failure, Link};
use super::log_end::{Seen, log_end};
use super::rows::{EventReader, clamped, limit};
use super::statements::{Sql, Statements};
use crate::event::RecordedEvent;
use crate::id::{Position, StreamId, Version};
use crate::store::{Direction, EventFilter, LogPage, LogQuery, StoreStats, StreamQuery};

pub(super) async fn stream(
    link: &mut Link,
    statements: &Statements,
    stream: &StreamId,
    query: &StreamQuery,
) -> Result<Vec<RecordedEvent>, Failure> {
    collect(stream_rows(link, statements, stream, query), EventReader::new(Some(stream.clone()))).await
}

pub(super) fn stream_rows<'l>(
    link: &'l mut Link,
    statements: &Statements,
    stream: &StreamId,
    query: &StreamQuery,
) -> BoxStream<'l, sqlx::Result<PgRow>> {
    let sql = match query.direction() {
        Direction::Forwards => &statements.read_stream_forwards,
        Direction::Backwards => &statements.read_stream_backwards,
    };
    bind(sql, stream, query).fetch(&mut link.connection)
}

/// A query for a part of a stream, with its values.
pub(super) fn bind<'q>(
    sql: &Sql,
    stream: &StreamId,
    query: &StreamQuery,
) -> sqlx::query::Query<'q, Postgres, PgArguments> {
    sqlx::query(sql.safe())
        .bind(stream.aggregate().as_str().to_owned())
        .bind(stream.id().to_string())
        .bind(clamped(query.lowest().value()))
        .bind(clamped(query.highest().value()))
        .bind(limit(query.limit()))
}

/// Reads one event more than asked for, to know whether the page is the last.
pub(super) async fn log(
    link: &mut Link,
    statements: &Statements,
    seen: &Seen,
    query: &LogQuery,
) -> Result<LogPage, Failure> {
    let start = query.start();
    if query.limit() == 0 {
        return Ok(LogPage::new(Vec::new(), None, start.unwrap_or(Position::START)));
    }
    // Before what is known to be decided, nobody has to be asked. A page that isn't full there may be
    // longer by now.
    let known = link.decided;
    if begins_before(query, known) {
        let events = page(link, statements, query, known).await?;
        if events.len() > query.limit() || query.direction() == Direction::Backwards {
            return Ok(finish(query, events, known));
        }
    }
    let end = log_end(link, statements, seen).await?.decided;
    let events = page(link, statements, query, end).await?;
    Ok(finish(query, events, end))
}

/// Whether a page begins where everything is known to be decided.
pub(super) fn begins_before(query: &LogQuery, known: Position) -> bool {
    match query.direction() {
        Direction::Forwards => query.start().unwrap_or(Position::START) < known,
        Direction::Backwards => query.start().is_some_and(|start| start <= known),
    }
}

async fn page(
    link: &mut Link,
    statements: &Statements,
    query: &LogQuery,
    end: Position,
) -> Result<Vec<RecordedEvent>, Failure> {
    let (sql, values) = select(&statements.read_log, statements, query, end)?;
    let rows = sqlx::query_with(sql, values).fetch(&mut link.connection);
    collect(rows, EventReader::new(None)).await
}

/// The columns of `sql`, of the events that are asked for, up to `end`.
pub(super) fn select(
    sql: &Sql,
    statements: &Statements,
    query: &LogQuery,
    end: Position,
) -> Result<(sqlx::AssertSqlSafe<String>, PgArguments), Failure> {
    let mut select = Query::new(sql);
    let filter = query.filter();
    conditions::of_events(&mut select, filter, &statements.of_stream)?;
    // Within one stream the order of the versions is that of the positions, and has an index.
    let column = if filter.stream.is_some() { "version" } else { "position" };
    let start = query.start().map(|start| clamped(start.value()));
    select.and("position <= ").value(clamped(end.value()))?;
    let order = match query.direction() {
        Direction::Forwards => {
            select.and("position > ").value(start.unwrap_or(0))?;
            ""
        }
        Direction::Backwards => {
            select.and("position < ").value(start.unwrap_or(i64::MAX))?;
            " DESC"
        }
    };
    let most = limit(query.limit().saturating_add(1));
    select.push(&format!("\nORDER BY {column}{order}\nLIMIT ")).value(most)?;
    Ok(select.finish())
}

/// Makes a page of the events up to `end` that were found, one more than asked for if there are more.
fn finish(query: &LogQuery, mut events: Vec<RecordedEvent>, end: Position) -> LogPage {
    let more = events.len() > query.limit();
    events.truncate(query.limit());
    let next = events.last().map(RecordedEvent::position).filter(|_| more);
    LogPage::new(events, next, next.unwrap_or(page_end(query, end)))
}

/// How far a page has looked behind which there is nothing up to `end`.
pub(super) fn page_end(query: &LogQuery, end: Position) -> Position {
    match query.direction() {
        Direction::Forwards => end.max(query.start().unwrap_or(Position::START)),
        Direction::Backwards => Position::START,
    }
}

pub(super) async fn version(link: &mut Link, statements: &Statements, stream: &StreamId) -> Result<Version, Failure> {
    let version: Option<i64> = sqlx::query_scalar(statements.stream_version.safe())
        .bind(stream.aggregate().as_str())
        .bind(stream.id().to_string())
        .fetch_optional(&mut link.connection)
        .await?;
    Ok(Version::new(version.unwrap_or(0).unsigned_abs()))
}

pub(super) async fn count(link: &mut Link, statements: &Statements, filter: &EventFilter) -> Result<u64, Failure> {
    let mut count = Query::new(&statements.count);
    conditions::of_events(&mut count, filter, &statements.of_stream)?;
    let (sql, values) = count.finish();
    let count: i64 = sqlx::query_scalar_with(sql, values).fetch_one(&mut link.connection).await?;
    Ok(count.unsigned_abs())
}

pub(super) async fn stats(link: &mut Link, statements: &Statements, seen: &Seen) -> Result<StoreStats, Failure> {
    let mut stats =
        StoreStats { last_position: log_end(link, statements, seen).await?.decided, ..StoreStats::default() };
    let mut rows = sqlx::query(statements.stats.safe()).fetch(&mut link.connection);
    while let Some(row) = rows.try_next().await? {
        let (what, name, number): (&str, &str, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let number = number.unsigned_abs();
        match what {
            "total" => stats.events = number,
            "streams" => stats.streams = number,
            "snapshots" => stats.snapshots = number,
            "event" => drop(stats.by_event.insert(name.into(), number)),
            _ => drop(stats.by_aggregate.insert(name.into(), number)),
        }
    }
    Ok(stats)
}

/// The events of all rows.
pub(super) async fn collect(
    mut rows: impl futures_util::Stream<Item = sqlx::Result<PgRow>> + Unpin,
    mut reader: EventReader,
) -> Result<Vec<RecordedEvent>, Failure> {
    let mut events = Vec::new();
    while let Some(row) = rows.try_next().await? {
        events.push(reader.read(&row)?);
    }
    Ok(events)
}
