//! Which handlers there are: registering, reading and changing them.

use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::super::letters::discard_open;
use super::super::link::{Failure, Link};
use super::super::log_end::{Seen, log_end};
use super::super::rows::clamped;
use super::super::statements::{Sql, Statements};
use super::super::values::{Json, Time};
use super::processes::alive;
use super::rows::{self, damaged};
use crate::error::{Error, ErrorKind};
use crate::handler::BeginsAt;
use crate::id::{HandlerName, Position};
use crate::store::{
    HandlerAction, HandlerChange, HandlerDeclaration, HandlerRow, HandlerState, LetterId, ParkedKey, RegisterHandlers,
    limits,
};

/// One process at a time registers or changes handlers: what one finds isn't made or moved by another.
pub(in super::super) async fn register(
    link: &mut Link,
    statements: &Statements,
    seen: &Seen,
    register: &RegisterHandlers,
) -> Result<Vec<HandlerRow>, Failure> {
    let at = Time::new("time of the registration", register.at)?;
    let end = log_end(link, statements, seen).await?.decided;
    let mut transaction = link.connection.begin().await?;
    sqlx::query(statements.register.safe()).execute(&mut *transaction).await?;
    let mut rows = Vec::with_capacity(register.handlers.len());
    for declared in &register.handlers {
        rows.push(declare(&mut transaction, statements, declared, at, end).await?);
    }
    transaction.commit().await?;
    Ok(rows)
}

async fn declare(
    connection: &mut PgConnection,
    statements: &Statements,
    declared: &HandlerDeclaration,
    at: Time,
    end: Position,
) -> Result<HandlerRow, Failure> {
    let name = &declared.name;
    if !is_known(connection, statements, name).await? {
        match &declared.renamed_from {
            Some(old) if is_known(connection, statements, old).await? => {
                rename(connection, statements, old, name).await?;
            }
            _ => insert(connection, statements, declared, at, end).await?,
        }
    }
    let build = sqlx::query(statements.note_build.safe()).bind(name.as_str()).bind(&declared.build);
    build.execute(&mut *connection).await?;
    let row = rows::handlers(connection, statements, Some(name)).await?.pop();
    row.ok_or_else(|| Error::new(ErrorKind::Internal, format!("handler `{name}` is gone again")).into())
}

async fn is_known(
    connection: &mut PgConnection,
    statements: &Statements,
    handler: &HandlerName,
) -> Result<bool, Failure> {
    Ok(sqlx::query_scalar(statements.is_known.safe()).bind(handler.as_str()).fetch_one(connection).await?)
}

/// The lanes and parked keys follow the name by themselves.
async fn rename(
    connection: &mut PgConnection,
    statements: &Statements,
    old: &HandlerName,
    new: &HandlerName,
) -> Result<(), Failure> {
    note_epoch(connection, statements, old).await?;
    for sql in [&statements.rename_handler, &statements.delete_replaced_letters, &statements.rename_letters] {
        sqlx::query(sql.safe()).bind(old.as_str()).bind(new.as_str()).execute(&mut *connection).await?;
    }
    run_for(connection, &statements.free_renamed_lanes, new).await
}

async fn insert(
    connection: &mut PgConnection,
    statements: &Statements,
    declared: &HandlerDeclaration,
    at: Time,
    end: Position,
) -> Result<(), Failure> {
    let from = match declared.begins {
        BeginsAt::Start => 0,
        BeginsAt::Now => clamped(end.value()),
    };
    let replay_until: i64 = match &declared.previous {
        Some(previous) => {
            let handled = sqlx::query_scalar(statements.handled_before.safe()).bind(previous.as_str());
            handled.fetch_optional(&mut *connection).await?.unwrap_or(0)
        }
        None => 0,
    };
    sqlx::query(statements.insert_handler.safe())
        .bind(declared.name.as_str())
        .bind(declared.begins.as_str())
        .bind(from)
        .bind(HandlerState::Running.as_str())
        .bind(at)
        .bind(&declared.build)
        .bind(replay_until)
        .execute(&mut *connection)
        .await?;
    sqlx::query(statements.insert_lanes.safe())
        .bind(declared.name.as_str())
        .bind(i64::from(declared.partitions))
        .bind(from)
        .execute(connection)
        .await?;
    Ok(())
}

/// Keeps the last epoch of a name that is given up: whoever bears it later has other ones, so that
/// the owners of now can write nothing then either.
async fn note_epoch(
    connection: &mut PgConnection,
    statements: &Statements,
    handler: &HandlerName,
) -> Result<(), Failure> {
    run_for(connection, &statements.note_epoch, handler).await
}

async fn run_for(connection: &mut PgConnection, sql: &Sql, handler: &HandlerName) -> Result<(), Failure> {
    sqlx::query(sql.safe()).bind(handler.as_str()).execute(connection).await?;
    Ok(())
}

/// The handlers and their lanes, as they were at one moment.
pub(in super::super) async fn read(link: &mut Link, statements: &Statements) -> Result<Vec<HandlerRow>, Failure> {
    const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    let mut transaction = link.connection.begin_with(SNAPSHOT).await?;
    let rows = rows::handlers(&mut transaction, statements, None).await?;
    transaction.commit().await?;
    Ok(rows)
}

pub(in super::super) async fn parked_keys(
    link: &mut Link,
    statements: &Statements,
    handler: &HandlerName,
) -> Result<Vec<ParkedKey>, Failure> {
    let keys = sqlx::query(statements.parked_keys.safe()).bind(handler.as_str());
    let keys = keys.fetch_all(&mut link.connection).await?;
    Ok(keys.iter().map(rows::parked_key).collect::<Result<_, _>>().map_err(damaged)?)
}

pub(in super::super) async fn change(
    link: &mut Link,
    statements: &Statements,
    change: &HandlerChange,
) -> Result<bool, Failure> {
    let at = Time::new("operation's time", change.at)?;
    let mut transaction = link.connection.begin().await?;
    sqlx::query(statements.register.safe()).execute(&mut *transaction).await?;
    if !is_known(&mut transaction, statements, &change.handler).await? {
        transaction.rollback().await?;
        return Ok(false);
    }
    if change.action == HandlerAction::Remove {
        limits::check_removal(change, &alive(&mut transaction, statements, change.at).await?)?;
    }
    let discarded: Vec<_> = apply(&mut transaction, statements, change, at).await?;
    let discarded: Vec<_> = discarded.iter().map(|letter| letter.value()).collect();
    let failed = |error| Error::new(ErrorKind::Internal, "a list can't be written as JSON").with_source(error);
    sqlx::query(statements.insert_operation.safe())
        .bind(change.action.as_str())
        .bind(&change.by)
        .bind(&change.reason)
        .bind(at)
        .bind(Json(&serde_json::to_string(&discarded).map_err(failed)?))
        .bind(change.handler.as_str())
        .bind(None::<&str>)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(true)
}

/// Answers with the letters that there is nothing left to do about.
async fn apply(
    connection: &mut PgConnection,
    statements: &Statements,
    change: &HandlerChange,
    at: Time,
) -> Result<Vec<LetterId>, Failure> {
    let handler = &change.handler;
    match change.action {
        HandlerAction::Pause => {
            enter(connection, statements, handler, HandlerState::Paused, Some(&change.reason), at).await?;
        }
        HandlerAction::Resume => enter(connection, statements, handler, HandlerState::Running, None, at).await?,
        HandlerAction::Reset { to } => {
            reset(connection, statements, handler, clamped(to.value())).await?;
            return discard_open(connection, statements, handler, at).await;
        }
        HandlerAction::Rebuild => {
            let rebuild = sqlx::query_scalar(statements.rebuild_lanes.safe()).bind(handler.as_str());
            let from: i64 = rebuild.fetch_one(&mut *connection).await?;
            reset(connection, statements, handler, from).await?;
            return discard_open(connection, statements, handler, at).await;
        }
        HandlerAction::Remove => {
            note_epoch(connection, statements, handler).await?;
            run_for(connection, &statements.remove_handler, handler).await?;
            return discard_open(connection, statements, handler, at).await;
        }
    }
    Ok(Vec::new())
}

/// Its lanes begin after a position, and nobody has them.
async fn reset(
    connection: &mut PgConnection,
    statements: &Statements,
    handler: &HandlerName,
    to: i64,
) -> Result<(), Failure> {
    let reset = sqlx::query(statements.reset_lanes.safe()).bind(handler.as_str()).bind(to);
    reset.execute(&mut *connection).await?;
    run_for(connection, &statements.release_all_keys, handler).await
}

/// Changes the state; since when it is there stays, if it was there before.
pub(super) async fn enter(
    connection: &mut PgConnection,
    statements: &Statements,
    handler: &HandlerName,
    state: HandlerState,
    reason: Option<&str>,
    at: Time,
) -> Result<(), Failure> {
    let enter = sqlx::query(statements.enter_state.safe()).bind(handler.as_str()).bind(state.as_str());
    enter.bind(reason).bind(at).execute(connection).await?;
    Ok(())
}
