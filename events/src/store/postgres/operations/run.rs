//! Runs: beginning their letters, counting them, and stopping.

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Connection, Row};

use super::super::link::{Failure, Link};
use super::super::rows::{clamped, limit};
use super::super::statements::Statements;
use super::super::values::{Json, Time};
use super::json;
use crate::store::{AdvanceRun, LetterId, LetterStatus, OperationId, Request, RunProgress, RunStep, StopRun};

/// The run's row is locked first, so that whoever stops it waits for this step.
pub(in super::super) async fn advance(
    link: &mut Link,
    statements: &Statements,
    advance: &AdvanceRun,
) -> Result<Option<RunStep>, Failure> {
    let at = Time::new("run's time", advance.at)?;
    let id = advance.id.value();
    let mut transaction = link.connection.begin().await?;
    let held = sqlx::query_scalar(statements.hold_run.safe()).bind(id).bind(clamped(advance.epoch));
    let Some(after) = held.fetch_optional(&mut *transaction).await? else {
        transaction.rollback().await?;
        return Ok(None);
    };
    let after: i64 = after;
    let next = sqlx::query(statements.next_of_run.safe()).bind(id).bind(after).bind(limit(advance.letters));
    let (begun, last) = dead(&next.fetch_all(&mut *transaction).await?, after)?;
    let redrive = sqlx::query(statements.redrive_letters.safe()).bind(&begun).bind(at).bind(Some(id));
    redrive.execute(&mut *transaction).await?;
    sqlx::query(statements.move_run.safe()).bind(id).bind(last).execute(&mut *transaction).await?;
    let left = counted(&mut transaction, statements, advance.id, 0, last).await?.waiting;
    transaction.commit().await?;
    Ok(Some(RunStep { begun: begun.into_iter().map(LetterId::new).collect(), more: left > 0 }))
}

/// The letters that are still dead, and the place of the last.
fn dead(letters: &[PgRow], after: i64) -> Result<(Vec<i64>, i64), Failure> {
    let (mut dead, mut last) = (Vec::new(), after);
    for letter in letters {
        last = letter.try_get(1)?;
        if letter.try_get::<&str, _>(2)? == LetterStatus::Dead.as_str() {
            dead.push(letter.try_get(0)?);
        }
    }
    Ok((dead, last))
}

pub(in super::super) async fn progress(
    link: &mut Link,
    statements: &Statements,
    id: OperationId,
) -> Result<Option<RunProgress>, Failure> {
    const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    let mut transaction = link.connection.begin_with(SNAPSHOT).await?;
    let run = sqlx::query_as(statements.run_place.safe()).bind(id.value()).fetch_optional(&mut *transaction).await?;
    let run: Option<(i64, i64)> = run;
    let progress = match run {
        Some((total, place)) => Some(counted(&mut transaction, statements, id, total.unsigned_abs(), place).await?),
        None => None,
    };
    transaction.commit().await?;
    Ok(progress)
}

/// Counts the letters of a run that has got to a place.
async fn counted(
    connection: &mut PgConnection,
    statements: &Statements,
    id: OperationId,
    total: u64,
    place: i64,
) -> Result<RunProgress, Failure> {
    let counts = sqlx::query_as(statements.run_progress.safe()).bind(id.value()).bind(place);
    let (waiting, retrying, resolved, failed, discarded): (i64, i64, i64, i64, i64) =
        counts.fetch_one(connection).await?;
    Ok(RunProgress {
        total,
        waiting: waiting.unsigned_abs(),
        retrying: retrying.unsigned_abs(),
        resolved: resolved.unsigned_abs(),
        failed: failed.unsigned_abs(),
        discarded: discarded.unsigned_abs(),
    })
}

pub(in super::super) async fn stop(link: &mut Link, statements: &Statements, stop: &StopRun) -> Result<bool, Failure> {
    let stopped = sqlx::query(statements.stop_run.safe())
        .bind(stop.id.value())
        .bind(&stop.by)
        .bind(&stop.reason)
        .bind(Time::new("operation's time", stop.at)?)
        .bind(Json(&json(&Request::Stop { run: stop.id })?))
        .execute(&mut link.connection)
        .await?;
    Ok(stopped.rows_affected() > 0)
}
