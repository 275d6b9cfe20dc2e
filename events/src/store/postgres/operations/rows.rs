//! Operations as rows.

use serde::de::DeserializeOwned;
use sqlx::postgres::PgRow;

use super::super::rows::{Damage, integer, moment, number, optional_moment, optional_text, required, text, unknown};
use crate::error::Error;
use crate::store::{Operation, OperationId, OperationKind, OperationState};

/// Makes an operation of a row with the columns of `read_operations.sql`, in their order.
pub(super) fn operation(row: &PgRow) -> Result<Operation, Damage> {
    let (action, state) = (text(row, 1, "action")?, text(row, 7, "state")?);
    let known_action = OperationKind::ALL.into_iter().find(|kind| kind.as_str() == action);
    let known_state = OperationState::ALL.into_iter().find(|known| known.as_str() == state);
    Ok(Operation {
        id: OperationId::new(integer(required(row, 0, "operation_id")?, "operation_id")?),
        action: known_action.ok_or_else(|| unknown("action", action))?,
        handler: optional_text(row, 6, "handler")?.map(Into::into),
        by: text(row, 2, "requested_by")?.to_owned(),
        reason: text(row, 3, "reason")?.to_owned(),
        at: moment(row, 4, "requested_at")?,
        letters: json(text(row, 5, "letters")?, "letters")?,
        state: known_state.ok_or_else(|| unknown("state", state))?,
        request: optional_text(row, 8, "request")?.map(|request| json(request, "request")).transpose()?,
        total: number(row, 9, "total")?,
        owner: optional_text(row, 10, "owner")?.map(Into::into),
        epoch: number(row, 11, "epoch")?,
        result: optional_text(row, 12, "result")?.map(str::to_owned),
        finished_at: optional_moment(row, 13, "finished_at")?,
    })
}

fn json<T: DeserializeOwned>(text: &str, column: &'static str) -> Result<T, Damage> {
    serde_json::from_str(text).map_err(|error| Damage::new(column, error))
}

pub(super) fn damaged(damage: Damage) -> Error {
    damage.into_error_in("a row of the operations")
}
