//! Operations as rows.

use rusqlite::Row;
use rusqlite::types::Type;

use super::super::letters::rows::{moment, optional_moment, text, unknown, wrong};
use crate::store::{Operation, OperationId, OperationKind, OperationState};

/// Makes an operation of a row with the columns of `read_operations.sql`, in their order.
pub(super) fn operation(row: &Row<'_>) -> rusqlite::Result<Operation> {
    let (action, state) = (text(row, 1)?, text(row, 7)?);
    let known_action = OperationKind::ALL.into_iter().find(|kind| kind.as_str() == action);
    let known_state = OperationState::ALL.into_iter().find(|known| known.as_str() == state);
    let (handler, request, owner): (Option<String>, Option<String>, Option<String>) =
        (row.get(6)?, row.get(8)?, row.get(10)?);
    Ok(Operation {
        id: OperationId::new(row.get(0)?),
        action: known_action.ok_or_else(|| unknown(1, "action", action))?,
        handler: handler.map(Into::into),
        by: row.get(2)?,
        reason: row.get(3)?,
        at: moment(row, 4)?,
        letters: json(text(row, 5)?, 5)?,
        state: known_state.ok_or_else(|| unknown(7, "state", state))?,
        request: request.map(|request| json(&request, 8)).transpose()?,
        total: row.get::<_, i64>(9)?.unsigned_abs(),
        owner: owner.map(Into::into),
        epoch: row.get::<_, i64>(11)?.unsigned_abs(),
        result: row.get(12)?,
        finished_at: optional_moment(row, 13)?,
    })
}

fn json<T: serde::de::DeserializeOwned>(text: &str, index: usize) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|error| wrong(index, Type::Text, error))
}
