//! What is in the log already under the ids of a commit.

use std::collections::HashMap;

use sqlx::postgres::PgConnection;

use crate::event::RecordedEvent;
use crate::id::EventId;
use crate::store::duplicate::{Content, Known};
use crate::store::postgres::link::Failure;
use crate::store::postgres::read::collect;
use crate::store::postgres::rows::EventReader;
use crate::store::postgres::statements::Statements;
use crate::store::postgres::values::Id;
use crate::store::{Append, AppendError, Appended};

/// The answer to a commit whose events are there already, or `None` if none of them is.
pub(in super::super) async fn find(
    connection: &mut PgConnection,
    statements: &Statements,
    commit: &Append,
) -> Result<Result<Option<Appended>, AppendError>, Failure> {
    let ids: Vec<_> = commit.events().iter().map(|event| Id(event.metadata().event_id().as_uuid())).collect();
    let rows = sqlx::query(statements.events_by_id.safe()).bind(ids).fetch(connection);
    let stored = collect(rows, EventReader::new(None)).await?;
    let stored: HashMap<_, _> = stored.iter().map(|event| (event.metadata().event_id(), event)).collect();
    Ok(answer(commit, &stored))
}

fn answer(commit: &Append, stored: &HashMap<EventId, &RecordedEvent>) -> Result<Option<Appended>, AppendError> {
    let mut known = Known::default();
    for event in commit.events() {
        let Some(stored) = stored.get(&event.metadata().event_id()) else { continue };
        let Some(at) = stored.metadata().recording() else { continue };
        let content = Content {
            stream: stored.stream(),
            name: stored.name(),
            schema_version: stored.schema_version(),
            payload: stored.payload(),
        };
        known.add(event, &content, at)?;
    }
    known.answer(commit.events().len())
}
