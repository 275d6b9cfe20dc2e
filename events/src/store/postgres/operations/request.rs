//! Requests: asking, taking on, ending.

use sqlx::postgres::PgConnection;
use sqlx::{Connection, Row};

use super::super::conditions::{self, Query};
use super::super::link::{Failure, Link};
use super::super::rows::{clamped, limit};
use super::super::statements::Statements;
use super::super::values::{Json, Time};
use super::{json, one};
use crate::id::HandlerName;
use crate::store::{
    ClaimRequest, FinishRequest, LetterId, LetterStatus, NewRequest, Operation, OperationId, Request, only,
};

/// Requests are written one after the other, so that no letter gets into two runs.
pub(in super::super) async fn request(
    link: &mut Link,
    statements: &Statements,
    new: &NewRequest,
) -> Result<Option<Operation>, Failure> {
    let at = Time::new("request's time", new.at)?;
    let mut transaction = link.connection.begin().await?;
    sqlx::query(statements.request.safe()).execute(&mut *transaction).await?;
    let picked = pick(&mut transaction, statements, new).await?;
    if picked.is_empty() {
        transaction.rollback().await?;
        return Ok(None);
    }
    let is_run = matches!(new.request, Request::Redrive(_));
    let handler = only(picked.iter().map(|(_, handler)| handler));
    let letters: Vec<_> = picked.iter().map(|(id, _)| id.value()).collect();
    let listed = if is_run { &[] } else { letters.as_slice() };
    let id: i64 = sqlx::query_scalar(statements.insert_request.safe())
        .bind(new.request.kind().as_str())
        .bind(&new.by)
        .bind(&new.reason)
        .bind(at)
        .bind(Json(&json(listed)?))
        .bind(handler.as_ref().map(HandlerName::as_str))
        .bind(Json(&json(&new.request)?))
        .bind(limit(letters.len()))
        .fetch_one(&mut *transaction)
        .await?;
    if is_run {
        sqlx::query(statements.enter_run.safe()).bind(&letters).bind(id).execute(&mut *transaction).await?;
    }
    let written = one(&mut transaction, statements, OperationId::new(id)).await?;
    transaction.commit().await?;
    Ok(written)
}

/// The letters that the request is about, those that failed longest ago first.
async fn pick(
    connection: &mut PgConnection,
    statements: &Statements,
    new: &NewRequest,
) -> Result<Vec<(LetterId, HandlerName)>, Failure> {
    let applies = LetterStatus::ALL.into_iter().filter(|status| new.request.applies_to(*status));
    let statuses: Vec<_> = applies.map(LetterStatus::as_str).collect();
    let mut select = Query::new(&statements.pick_letters_and_handlers);
    conditions::of_letters(&mut select, &new.letters)?;
    select.and("status = ANY (").value(statuses)?.push(")");
    let mut most = new.letters.limit.unwrap_or(usize::MAX);
    if matches!(new.request, Request::Redrive(_)) {
        select.and(&statements.in_no_run);
    } else {
        most = most.min(1);
    }
    select.push("\nORDER BY last_failed_at, letter_id\nLIMIT ").value(limit(most))?.push("\nFOR UPDATE");
    let (sql, values) = select.finish();
    let mut picked = Vec::new();
    for row in sqlx::query_with(sql, values).fetch_all(connection).await? {
        picked.push((LetterId::new(row.try_get(0)?), HandlerName::from(row.try_get::<String, _>(1)?)));
    }
    Ok(picked)
}

pub(in super::super) async fn claim(
    link: &mut Link,
    statements: &Statements,
    claim: &ClaimRequest,
) -> Result<Option<Operation>, Failure> {
    let mut transaction = link.connection.begin().await?;
    let claimed = sqlx::query(statements.claim_request.safe())
        .bind(claim.id.value())
        .bind(claim.owner.as_str())
        .bind(Time::at_most(claim.now))
        .execute(&mut *transaction)
        .await?;
    let claimed = match claimed.rows_affected() {
        0 => None,
        _ => one(&mut transaction, statements, claim.id).await?,
    };
    transaction.commit().await?;
    Ok(claimed)
}

pub(in super::super) async fn finish(
    link: &mut Link,
    statements: &Statements,
    finish: &FinishRequest,
) -> Result<bool, Failure> {
    let mut transaction = link.connection.begin().await?;
    let finished = sqlx::query(statements.finish_request.safe())
        .bind(finish.id.value())
        .bind(clamped(finish.epoch))
        .bind(finish.state.as_str())
        .bind(&finish.result)
        .bind(Time::new("request's end", finish.at)?)
        .execute(&mut *transaction)
        .await?;
    let finished = finished.rows_affected() > 0;
    if finished && let Some((letter, payload)) = &finish.edited {
        let edit = sqlx::query(statements.edit_letter.safe()).bind(letter.value()).bind(Json(payload.as_json()));
        edit.execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(finished)
}
