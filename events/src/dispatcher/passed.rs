//! Waiting until durable handlers have passed the events of a commit.

use std::time::Duration;

use super::EventDispatcher;
use super::settled::{Awaited, POLL, ParkedEvent};
use crate::commit::{CommittedEvent, Receipt};
use crate::error::{Error, ErrorKind};
use crate::id::{HandlerName, Position};
use crate::store::{HandlerRow, HandlerState};

impl EventDispatcher {
    /// Waits for durable handlers, those of other processes among them, and answers with the events that
    /// wait behind a letter.
    pub(super) async fn passed(
        &self,
        receipt: &Receipt,
        awaited: Awaited<'_>,
        deadline: Duration,
    ) -> Result<Vec<ParkedEvent>, Error> {
        let mut progress = self.inner.progress.subscribe();
        let mut behind = None;
        let waiting = async {
            loop {
                progress.mark_unchanged();
                let rows = self.rows_to_wait_for(receipt, awaited).await?;
                behind = rows.iter().find_map(|(row, last)| lag(row, *last));
                if behind.is_none() {
                    return self.parked(receipt, &rows).await;
                }
                // Either is a reason to look again.
                drop(tokio::time::timeout(POLL, progress.changed()).await);
            }
        };
        match tokio::time::timeout(deadline, waiting).await {
            Ok(parked) => parked,
            Err(_) => Err(late(behind, deadline)),
        }
    }

    /// The rows of the handlers that have to pass an event of the receipt, and the last such event.
    async fn rows_to_wait_for(
        &self,
        receipt: &Receipt,
        awaited: Awaited<'_>,
    ) -> Result<Vec<(HandlerRow, Position)>, Error> {
        let backend = self.inner.store.backend();
        let rows = match backend.durable_handlers().await {
            Ok(rows) => rows,
            // Nobody could have registered one.
            Err(error) if error.kind() == ErrorKind::Unsupported => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let processes = backend.processes(self.inner.now()).await?;
        let elsewhere = |name: &HandlerName| processes.iter().any(|process| process.handlers.contains(name));
        let here = |name: &HandlerName| self.inner.durable.iter().find(|handler| handler.name() == name);
        let last = |row: &HandlerRow| {
            let selected = |event: &&CommittedEvent| match here(&row.name) {
                Some(handler) => handler.selects(&event.name),
                // What another process's handler takes isn't known here.
                None => matches!(awaited, Awaited::Named(_)) || elsewhere(&row.name),
            };
            receipt.events().iter().filter(selected).map(|event| event.recording.position).max()
        };
        let is_awaited = |row: &HandlerRow| match awaited {
            Awaited::All => row.state == HandlerState::Running,
            Awaited::Named(names) => names.contains(&row.name),
        };
        Ok(rows.into_iter().filter(is_awaited).filter_map(|row| last(&row).map(|last| (row, last))).collect())
    }

    async fn parked(&self, receipt: &Receipt, rows: &[(HandlerRow, Position)]) -> Result<Vec<ParkedEvent>, Error> {
        let mut parked = Vec::new();
        for (row, _) in rows.iter().filter(|(row, _)| row.parked > 0) {
            let keys = self.inner.store.backend().parked_keys(&row.name).await?;
            let handler = self.inner.durable.iter().find(|handler| handler.name() == &row.name);
            for event in receipt.events().iter().filter(|event| handler.is_none_or(|own| own.selects(&event.name))) {
                let key = match handler {
                    Some(handler) => handler.key_of(event, &*self.inner).await?,
                    None => Some(event.stream.to_string()),
                };
                let waits = |known: &crate::store::ParkedKey| {
                    Some(&known.key) == key.as_ref() && known.from <= event.recording.position
                };
                if keys.iter().any(waits) {
                    parked.push(ParkedEvent { handler: row.name.clone(), event_id: event.event_id });
                }
            }
        }
        Ok(parked)
    }
}

/// A handler that is behind, and by how many positions.
fn lag(row: &HandlerRow, last: Position) -> Option<(HandlerName, u64)> {
    let checkpoint = row.lanes.iter().map(|lane| lane.checkpoint).min()?;
    let positions = last.value().checked_sub(checkpoint.value()).filter(|positions| *positions > 0)?;
    Some((row.name.clone(), positions))
}

fn late(behind: Option<(HandlerName, u64)>, deadline: Duration) -> Error {
    let message = match behind {
        Some((handler, positions)) => format!(
            "not settled after {deadline:?}: durable handler `{handler}` is {positions} positions behind; only a \
             started dispatcher runs it"
        ),
        None => format!("not settled after {deadline:?}: the store hasn't answered"),
    };
    Error::new(ErrorKind::Timeout, message)
}
