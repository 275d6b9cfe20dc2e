//! What operators do to letters.

use sqlx::postgres::PgConnection;
use sqlx::{Connection, Row};

use super::super::conditions::{self, Query};
use super::super::link::{Failure, Link};
use super::super::rows::limit;
use super::super::statements::Statements;
use super::super::values::{Json, Time};
use crate::error::{Error, ErrorKind};
use crate::id::HandlerName;
use crate::store::{LetterAction, LetterChange, LetterId, LetterPurge, LetterStatus, OperationKind, PurgeSaid};

/// The letters are locked, then changed, and the audit row is written, in one transaction.
pub(in super::super) async fn change(
    link: &mut Link,
    statements: &Statements,
    change: &LetterChange,
) -> Result<Vec<LetterId>, Failure> {
    let at = Time::new("operation's time", change.at)?;
    let mut transaction = link.connection.begin().await?;
    let (sql, values) = select(statements, change)?;
    let mut letters = Vec::new();
    for row in sqlx::query_with(sql, values).fetch_all(&mut *transaction).await? {
        letters.push(row.try_get::<i64, _>(0)?);
    }
    let sql = match change.action {
        LetterAction::Redrive => &statements.redrive_letters,
        LetterAction::Discard => &statements.discard_letters,
        LetterAction::Hold => &statements.hold_letters,
        LetterAction::Release => &statements.release_letters,
        LetterAction::Restore => &statements.restore_letters,
    };
    let update = sqlx::query(sql.safe()).bind(&letters);
    let update = match change.action {
        LetterAction::Redrive => update.bind(at).bind(None::<i64>),
        LetterAction::Discard | LetterAction::Hold => update.bind(at),
        LetterAction::Release | LetterAction::Restore => update,
    };
    update.execute(&mut *transaction).await?;
    let failed = |error| Error::new(ErrorKind::Internal, "a list can't be written as JSON").with_source(error);
    sqlx::query(statements.insert_operation.safe())
        .bind(change.action.as_str())
        .bind(&change.by)
        .bind(&change.reason)
        .bind(at)
        .bind(Json(&serde_json::to_string(&letters).map_err(failed)?))
        .bind(change.letters.handler.as_ref().map(HandlerName::as_str))
        .bind(None::<&str>)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(letters.into_iter().map(LetterId::new).collect())
}

fn select(
    statements: &Statements,
    change: &LetterChange,
) -> Result<(sqlx::AssertSqlSafe<String>, sqlx::postgres::PgArguments), Failure> {
    let applies = LetterStatus::ALL.into_iter().filter(|status| change.action.applies_to(*status));
    let statuses: Vec<_> = applies.map(LetterStatus::as_str).collect();
    let mut select = Query::new(&statements.pick_letters);
    conditions::of_letters(&mut select, &change.letters)?;
    select.and("status = ANY (").value(statuses)?.push(")");
    if change.action == LetterAction::Release {
        select.and("held");
    }
    let most = limit(change.letters.limit.unwrap_or(usize::MAX));
    select.push("\nORDER BY letter_id\nLIMIT ").value(most)?.push("\nFOR UPDATE");
    Ok(select.finish())
}

/// Discards what a handler has left open, and holds nothing any more; answers with the letters, oldest
/// first.
pub(in super::super) async fn discard_open(
    connection: &mut PgConnection,
    statements: &Statements,
    handler: &HandlerName,
    at: Time,
) -> Result<Vec<LetterId>, Failure> {
    sqlx::query(statements.release_letters_of.safe()).bind(handler.as_str()).execute(&mut *connection).await?;
    let discard = sqlx::query_scalar(statements.discard_open_letters.safe()).bind(handler.as_str()).bind(at);
    let letters: Vec<i64> = discard.fetch_all(connection).await?;
    Ok(letters.into_iter().map(LetterId::new).collect())
}

/// The attempts go with their letter; the audit row is written in the same transaction.
pub(in super::super) async fn purge(
    link: &mut Link,
    statements: &Statements,
    purge: &LetterPurge,
) -> Result<u64, Failure> {
    let mut transaction = link.connection.begin().await?;
    let delete = sqlx::query(statements.purge_letters.safe()).bind(purge.status.as_str());
    let delete = delete.bind(Time::at_least(purge.before));
    let purged = delete.execute(&mut *transaction).await?.rows_affected();
    if let Some(PurgeSaid { by, reason, at }) = &purge.said {
        sqlx::query(statements.insert_operation.safe())
            .bind(OperationKind::Purge.as_str())
            .bind(by)
            .bind(reason)
            .bind(Time::new("operation's time", *at)?)
            .bind(Json("[]"))
            .bind(None::<&str>)
            .bind(purge.result(purged))
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(purged)
}
