//! Letters: reading them, and what their statistics are.

mod change;
mod rows;
mod write;

pub(super) use change::{change, discard_open, purge};
pub(super) use write::{claim, finish, finish_in_lane, write, write_one};

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;

use super::conditions::{self, Query};
use super::link::{Failure, Link};
use super::rows::{limit, optional_moment};
use super::statements::Statements;
use crate::id::HandlerName;
use crate::store::{AttemptRecord, FailedEvent, LetterId, LetterQuery, LetterStats, LetterStatus};

pub(super) async fn read(
    link: &mut Link,
    statements: &Statements,
    query: &LetterQuery,
) -> Result<Vec<FailedEvent>, Failure> {
    let mut select = Query::new(&statements.read_letters);
    conditions::of_letters(&mut select, query)?;
    select.push("\nORDER BY letter_id\nLIMIT ").value(limit(query.limit.unwrap_or(usize::MAX)))?;
    let (sql, values) = select.finish();
    collect(sqlx::query_with(sql, values).fetch(&mut link.connection), rows::letter).await
}

pub(super) async fn attempts(
    link: &mut Link,
    statements: &Statements,
    id: LetterId,
) -> Result<Vec<AttemptRecord>, Failure> {
    let attempts = sqlx::query(statements.letter_attempts.safe()).bind(id.value());
    collect(attempts.fetch(&mut link.connection), rows::attempt).await
}

pub(super) async fn next_due(
    link: &mut Link,
    statements: &Statements,
    handlers: &[HandlerName],
) -> Result<Option<DateTime<Utc>>, Failure> {
    let due = sqlx::query(statements.next_letter_due.safe()).bind(names(handlers));
    let row = due.fetch_one(&mut link.connection).await?;
    Ok(optional_moment(&row, 0, "next_attempt_at").map_err(rows::damaged)?)
}

pub(super) async fn stats(link: &mut Link, statements: &Statements) -> Result<LetterStats, Failure> {
    let mut stats = LetterStats::default();
    let mut groups = sqlx::query(statements.letter_stats.safe()).fetch(&mut link.connection);
    while let Some(group) = groups.try_next().await? {
        let (handler, status, count, oldest) = rows::group(&group).map_err(rows::damaged)?;
        *stats.by_status.entry(status).or_default() += count;
        stats.by_handler.entry(handler).or_default().insert(status, count);
        let open = oldest.filter(|_| !status.is_closed());
        stats.oldest_open = stats.oldest_open.into_iter().chain(open).min();
    }
    Ok(stats)
}

/// What is made of each row.
async fn collect<T>(
    mut rows: impl futures_util::Stream<Item = sqlx::Result<sqlx::postgres::PgRow>> + Unpin,
    read: impl Fn(&sqlx::postgres::PgRow) -> Result<T, super::rows::Damage>,
) -> Result<Vec<T>, Failure> {
    let mut all = Vec::new();
    while let Some(row) = rows.try_next().await? {
        all.push(read(&row).map_err(rows::damaged)?);
    }
    Ok(all)
}

fn names(handlers: &[HandlerName]) -> Vec<&str> {
    handlers.iter().map(HandlerName::as_str).collect()
}

/// The status of a letter that waits for its next attempt, or has none.
fn waiting(next_attempt_at: Option<DateTime<Utc>>) -> LetterStatus {
    if next_attempt_at.is_some() { LetterStatus::Retrying } else { LetterStatus::Dead }
}
