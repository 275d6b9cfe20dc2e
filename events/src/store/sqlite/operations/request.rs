//! Requests: asking, taking on, ending.

use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use super::super::conditions::{self, json};
use super::super::error::store_error;
use super::super::rows::{clamped, limit};
use super::get;
use crate::error::Error;
use crate::id::HandlerName;
use crate::store::{
    ClaimRequest, FinishRequest, LetterId, LetterStatus, NewRequest, Operation, OperationId, Request, only,
};

pub(in super::super) fn request(connection: &Connection, new: &NewRequest) -> Result<Option<Operation>, Error> {
    let picked = pick(connection, new)?;
    let handler = only(picked.iter().map(|(_, handler)| handler));
    let is_run = matches!(new.request, Request::Redrive(_));
    if picked.is_empty() {
        return Ok(None);
    }
    let letters: Vec<_> = picked.iter().map(|(id, _)| *id).collect();
    let listed = if is_run { &[] } else { letters.as_slice() };
    let mut insert = connection.prepare_cached(include_str!("../sql/insert_request.sql")).map_err(store_error)?;
    let values = params![
        new.request.kind().as_str(),
        new.by,
        new.reason,
        new.at.timestamp_micros(),
        json(listed)?,
        handler.as_ref().map(HandlerName::as_str),
        json(&new.request)?,
        limit(letters.len()),
    ];
    let id = insert.query_row(values, |row| row.get(0)).map(OperationId::new).map_err(store_error)?;
    if is_run {
        let mut enter = connection.prepare_cached(include_str!("../sql/enter_run.sql")).map_err(store_error)?;
        for (letter, place) in letters.iter().zip(1_i64..) {
            enter.execute([letter.value(), id.value(), place]).map_err(store_error)?;
        }
    }
    get(connection, id)
}

/// The letters that the request is about, those that failed longest ago first.
fn pick(connection: &Connection, new: &NewRequest) -> Result<Vec<(LetterId, HandlerName)>, Error> {
    const FREE: &str = "(run IS NULL OR run NOT IN (SELECT operation_id FROM operations \
                        WHERE state IN ('requested', 'running')))";
    let applies = LetterStatus::ALL.into_iter().filter(|status| new.request.applies_to(*status));
    let statuses: Vec<_> = applies.map(LetterStatus::as_str).collect();
    let mut conditions = conditions::of_letters(&new.letters)?;
    conditions.add("status IN (SELECT value FROM json_each(?))", [json(&statuses)?]);
    let mut most = new.letters.limit.unwrap_or(usize::MAX);
    if matches!(new.request, Request::Redrive(_)) {
        conditions.add(FREE, []);
    } else {
        most = most.min(1);
    }
    let order = " ORDER BY last_failed_at, letter_id LIMIT ?";
    let (sql, mut values) = conditions.finish("SELECT letter_id, handler FROM letters", order);
    values.push(Value::from(limit(most)));
    let mut statement = connection.prepare_cached(&sql).map_err(store_error)?;
    let picked = statement
        .query_map(params_from_iter(values), |row| {
            Ok((LetterId::new(row.get(0)?), HandlerName::from(row.get::<_, String>(1)?)))
        })
        .map_err(store_error)?;
    picked.collect::<rusqlite::Result<_>>().map_err(store_error)
}

pub(in super::super) fn claim(connection: &Connection, claim: &ClaimRequest) -> Result<Option<Operation>, Error> {
    let mut statement = connection.prepare_cached(include_str!("../sql/claim_request.sql")).map_err(store_error)?;
    let values = params![claim.id.value(), claim.owner.as_str(), claim.now.timestamp_micros()];
    if statement.execute(values).map_err(store_error)? == 0 {
        return Ok(None);
    }
    get(connection, claim.id)
}

pub(in super::super) fn finish(connection: &Connection, finish: &FinishRequest) -> Result<bool, Error> {
    const EDIT: &str = "UPDATE letters SET edited_payload = ?2 WHERE letter_id = ?1";
    let mut statement = connection.prepare_cached(include_str!("../sql/finish_request.sql")).map_err(store_error)?;
    let FinishRequest { id, epoch, state, result, edited, at } = finish;
    let values = params![id.value(), clamped(*epoch), state.as_str(), result, at.timestamp_micros()];
    if statement.execute(values).map_err(store_error)? == 0 {
        return Ok(false);
    }
    if let Some((letter, payload)) = edited {
        let mut edit = connection.prepare_cached(EDIT).map_err(store_error)?;
        edit.execute(params![letter.value(), payload.as_json()]).map_err(store_error)?;
    }
    Ok(true)
}
