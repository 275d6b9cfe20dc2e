//! What operators do to letters.

use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use super::super::conditions::{self, json};
use super::super::error::store_error;
use super::super::rows::{ceiling, limit};
use super::micros;
use crate::error::Error;
use crate::id::HandlerName;
use crate::store::{LetterAction, LetterChange, LetterId, LetterPurge, LetterStatus, OperationKind, PurgeSaid};

/// The letters and the audit row are changed in the transaction that the caller has begun.
pub(in super::super) fn change(connection: &Connection, change: &LetterChange) -> Result<Vec<LetterId>, Error> {
    let letters = select(connection, change)?;
    let sql = match change.action {
        LetterAction::Redrive => include_str!("../sql/redrive_letter.sql"),
        LetterAction::Discard => include_str!("../sql/discard_letter.sql"),
        LetterAction::Hold => include_str!("../sql/hold_letter.sql"),
        LetterAction::Release => "UPDATE letters SET held = 0 WHERE letter_id = ?1",
        LetterAction::Restore => include_str!("../sql/restore_letter.sql"),
    };
    let mut statement = connection.prepare_cached(sql).map_err(store_error)?;
    for letter in &letters {
        let (id, at) = (letter.value(), micros(change.at));
        let changed = match change.action {
            LetterAction::Redrive => statement.execute(params![id, at, None::<i64>]),
            LetterAction::Discard | LetterAction::Hold => statement.execute([id, at]),
            LetterAction::Release | LetterAction::Restore => statement.execute([id]),
        };
        changed.map_err(store_error)?;
    }
    let mut audit = connection.prepare_cached(include_str!("../sql/insert_operation.sql")).map_err(store_error)?;
    let handler = change.letters.handler.as_ref().map(HandlerName::as_str);
    let values = params![
        change.action.as_str(),
        change.by,
        change.reason,
        micros(change.at),
        json(&letters)?,
        handler,
        None::<&str>
    ];
    audit.execute(values).map_err(store_error)?;
    Ok(letters)
}

fn select(connection: &Connection, change: &LetterChange) -> Result<Vec<LetterId>, Error> {
    let applies = LetterStatus::ALL.into_iter().filter(|status| change.action.applies_to(*status));
    let statuses: Vec<_> = applies.map(LetterStatus::as_str).collect();
    let mut conditions = conditions::of_letters(&change.letters)?;
    conditions.add("status IN (SELECT value FROM json_each(?))", [json(&statuses)?]);
    if change.action == LetterAction::Release {
        conditions.add("held", []);
    }
    let (sql, mut values) = conditions.finish("SELECT letter_id FROM letters", " ORDER BY letter_id LIMIT ?");
    values.push(Value::from(limit(change.letters.limit.unwrap_or(usize::MAX))));
    let mut statement = connection.prepare_cached(&sql).map_err(store_error)?;
    let ids =
        statement.query_map(params_from_iter(values), |row| row.get(0).map(LetterId::new)).map_err(store_error)?;
    ids.collect::<rusqlite::Result<_>>().map_err(store_error)
}

/// Discards what a handler has left open, and holds nothing any more; answers with the letters, oldest
/// first.
pub(in super::super) fn discard_open(
    connection: &Connection,
    handler: &HandlerName,
    at: i64,
) -> rusqlite::Result<Vec<LetterId>> {
    connection.prepare_cached(include_str!("../sql/release_letters.sql"))?.execute([handler.as_str()])?;
    let mut discard = connection.prepare_cached(include_str!("../sql/discard_open_letters.sql"))?;
    let letters = discard.query_map(params![handler.as_str(), at], |row| row.get(0).map(LetterId::new))?;
    let mut letters = letters.collect::<rusqlite::Result<Vec<_>>>()?;
    letters.sort_unstable();
    Ok(letters)
}

/// The attempts go with their letter; the audit row is written in the transaction that the caller has begun.
pub(in super::super) fn purge(connection: &Connection, purge: &LetterPurge) -> Result<u64, Error> {
    const PURGE: &str = "DELETE FROM letters WHERE status = ?1 AND closed_at < ?2 AND NOT held";
    let mut statement = connection.prepare_cached(PURGE).map_err(store_error)?;
    let purged = statement.execute(params![purge.status.as_str(), ceiling(purge.before)]).map_err(store_error)?;
    let purged = u64::try_from(purged).unwrap_or(u64::MAX);
    if let Some(PurgeSaid { by, reason, at }) = &purge.said {
        let mut audit = connection.prepare_cached(include_str!("../sql/insert_operation.sql")).map_err(store_error)?;
        let action = OperationKind::Purge.as_str();
        let values = params![action, by, reason, micros(*at), "[]", None::<&str>, purge.result(purged)];
        audit.execute(values).map_err(store_error)?;
    }
    Ok(purged)
}
