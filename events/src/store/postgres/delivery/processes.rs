//! Processes: who is alive.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;

use super::super::link::{Failure, Link};
use super::super::statements::Statements;
use super::super::values::{Json, Time};
use super::rows::{self, damaged};
use crate::error::{Error, ErrorKind};
use crate::id::ProcessId;
use crate::store::{Beat, Lane, ProcessRow};

pub(in super::super) async fn beat(
    link: &mut Link,
    statements: &Statements,
    beat: &Beat,
) -> Result<Vec<Lane>, Failure> {
    let failed = |error| Error::new(ErrorKind::Internal, "a list can't be written as JSON").with_source(error);
    let handlers = serde_json::to_string(&beat.handlers).map_err(failed)?;
    let held = sqlx::query(statements.beat.safe())
        .bind(beat.process.as_str())
        .bind(&beat.build)
        .bind(Json(&handlers))
        .bind(Time::new("time of the beat", beat.at)?)
        .bind(Time::new("end of the leases", beat.until)?)
        .fetch_all(&mut link.connection)
        .await?;
    Ok(held.iter().map(rows::lane).collect::<Result<_, _>>().map_err(damaged)?)
}

pub(in super::super) async fn processes(
    link: &mut Link,
    statements: &Statements,
    now: DateTime<Utc>,
) -> Result<Vec<ProcessRow>, Failure> {
    alive(&mut link.connection, statements, now).await
}

/// Those that are alive, in the transaction of the caller.
pub(super) async fn alive(
    connection: &mut PgConnection,
    statements: &Statements,
    now: DateTime<Utc>,
) -> Result<Vec<ProcessRow>, Failure> {
    let alive = sqlx::query(statements.processes.safe()).bind(Time::at_most(now));
    let alive = alive.fetch_all(connection).await?;
    Ok(alive.iter().map(rows::process).collect::<Result<_, _>>().map_err(damaged)?)
}

pub(in super::super) async fn end_process(
    link: &mut Link,
    statements: &Statements,
    process: &ProcessId,
) -> Result<(), Failure> {
    sqlx::query(statements.end_process.safe()).bind(process.as_str()).execute(&mut link.connection).await?;
    Ok(())
}
