//! `audit`: what operators have done.

use std::io;

use chrono::{DateTime, Utc};
use events::store::{LetterId, Operation, OperationId, OperationKind, OperationState};
use events::{DeadLetterQueue, EventStore, HandlerName, ProcessId};
use serde::Serialize;

use crate::args::AuditArgs;
use crate::failure::{Failure, Found};
use crate::out::{Out, View};
use crate::text;

pub(crate) async fn run(store: &EventStore, args: &AuditArgs, out: &mut Out<'_>) -> Result<Found, Failure> {
    let operations = DeadLetterQueue::new(store.clone()).operations(args.limit.get()).await?;
    out.show(&Audit { operations: operations.into_iter().map(Row::from).collect() })?;
    Ok(Found::Fine)
}

#[derive(Serialize)]
struct Audit {
    operations: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    id: OperationId,
    at: DateTime<Utc>,
    by: String,
    action: OperationKind,
    handler: Option<HandlerName>,
    /// Those that were changed; of a run they are many, and `runs list` counts them.
    letters: Vec<LetterId>,
    reason: String,
    state: OperationState,
    /// The process that carries it out, where that takes one.
    owner: Option<ProcessId>,
    result: Option<String>,
    finished_at: Option<DateTime<Utc>>,
}

impl From<Operation> for Row {
    fn from(operation: Operation) -> Self {
        let Operation { id, action, handler, by, reason, at, letters, state, owner, result, finished_at, .. } =
            operation;
        Self { id, at, by, action, handler, letters, reason, state, owner, result, finished_at }
    }
}

impl View for Audit {
    fn print(&self, out: &mut Out<'_>) -> io::Result<()> {
        let rows = self.operations.iter().map(|row| {
            [
                row.id.to_string(),
                text::time(row.at),
                row.by.clone(),
                row.action.to_string(),
                text::or_none(row.handler.as_ref()),
                row.letters.len().to_string(),
                row.state.to_string(),
                row.reason.clone(),
                text::or_none(row.result.as_ref()),
            ]
        });
        let header = ["ID", "WHEN", "BY", "ACTION", "HANDLER", "LETTERS", "STATE", "REASON", "RESULT"];
        out.table(header, rows.collect(), "Nobody has done anything yet.")
    }
}
