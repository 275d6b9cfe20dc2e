//! What the owner of a lane writes.

use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::super::letters;
use super::super::link::{Failure, Link};
use super::super::rows::clamped;
use super::super::statements::Statements;
use super::super::values::Time;
use super::handlers::enter;
use crate::store::{HandlerState, LaneAnswer, LaneWrite};

/// Writes in a transaction of its own.
pub(in super::super) async fn write_alone(
    link: &mut Link,
    statements: &Statements,
    write: &LaneWrite,
) -> Result<LaneAnswer, Failure> {
    let mut transaction = link.connection.begin().await?;
    let answer = self::write(&mut transaction, statements, write).await?;
    match answer {
        LaneAnswer::Lost => transaction.rollback().await?,
        LaneAnswer::Written { .. } => transaction.commit().await?,
    }
    Ok(answer)
}

/// Writes within the transaction of a user. Lost or failed, nothing of it is there, and the transaction
/// is as usable as before.
pub(in super::super) async fn write_within(
    connection: &mut PgConnection,
    statements: &Statements,
    write: &LaneWrite,
) -> Result<LaneAnswer, Failure> {
    // As statements, because the user may have begun the transaction with one; outside of a transaction
    // they fail.
    const BEGIN: &str = "SAVEPOINT events_lane";
    const UNDO: &str = "ROLLBACK TO SAVEPOINT events_lane";
    const END: &str = "RELEASE SAVEPOINT events_lane";
    sqlx::query(BEGIN).execute(&mut *connection).await?;
    let answer = self::write(connection, statements, write).await;
    if !matches!(answer, Ok(LaneAnswer::Written { .. })) {
        sqlx::query(UNDO).execute(&mut *connection).await?;
    }
    sqlx::query(END).execute(connection).await?;
    answer
}

/// Writes within the transaction of the caller, who ends it: with a rollback if the lane is lost.
/// Positions have been checked.
pub(super) async fn write(
    connection: &mut PgConnection,
    statements: &Statements,
    write: &LaneWrite,
) -> Result<LaneAnswer, Failure> {
    let lane = &write.lane;
    // Whoever would take the lane waits from here on.
    let held = sqlx::query(statements.hold_lane.safe())
        .bind(lane.handler.as_str())
        .bind(i64::from(lane.partition))
        .bind(clamped(lane.epoch))
        .fetch_optional(&mut *connection)
        .await?;
    if held.is_none() {
        return Ok(LaneAnswer::Lost);
    }
    let mut letters = Vec::with_capacity(write.letters.len());
    for letter in &write.letters {
        letters.push(letters::write_one(connection, statements, letter).await?);
    }
    for attempt in &write.attempts {
        letters::finish_in_lane(connection, statements, attempt, write).await?;
    }
    park(connection, statements, write).await?;
    if let Some(reason) = &write.halt {
        let at = Time::new("time of the halt", write.at)?;
        enter(connection, statements, &lane.handler, HandlerState::Halted, Some(reason), at).await?;
    }
    // Last, with its rows counted: a transaction in which a statement has failed, and the failure was
    // passed over, would be rolled back by its commit without a word.
    let moved = sqlx::query(statements.advance_lane.safe())
        .bind(lane.handler.as_str())
        .bind(i64::from(lane.partition))
        .bind(clamped(lane.epoch))
        .bind(write.advance.map(|advance| clamped(advance.from.value())))
        .bind(write.advance.map(|advance| clamped(advance.to.value())))
        .execute(connection)
        .await?;
    Ok(if moved.rows_affected() == 1 { LaneAnswer::Written { letters } } else { LaneAnswer::Lost })
}

async fn park(connection: &mut PgConnection, statements: &Statements, write: &LaneWrite) -> Result<(), Failure> {
    let (handler, partition) = (write.lane.handler.as_str(), i64::from(write.lane.partition));
    for key in &write.release {
        let release = sqlx::query(statements.release_key.safe()).bind(handler).bind(partition).bind(key);
        release.execute(&mut *connection).await?;
    }
    for parked in &write.park {
        let park = sqlx::query(statements.park_key.safe()).bind(handler).bind(partition).bind(&parked.key);
        park.bind(clamped(parked.from.value())).execute(&mut *connection).await?;
    }
    Ok(())
}
