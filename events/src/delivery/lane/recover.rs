//! What the letters say about events behind the checkpoint, when a lane is claimed.

use std::collections::HashSet;

use super::{End, Lane};
use crate::handler::Order;
use crate::id::{EventId, HandlerName};
use crate::store::{FailedEvent, LetterId, LetterQuery, LetterStatus, Operation, OperationKind};

/// How many operations are looked through, up to the last reset.
const OPERATIONS: usize = 1_000;

impl Lane {
    pub(super) async fn recover(&mut self) -> Result<(), End> {
        self.look_at_letters = true;
        let order = self.handler.spec.order;
        // What is behind a parked key is left aside anyway.
        if matches!(order, Order::Stream | Order::Key(_)) {
            return Ok(());
        }
        let in_line = matches!(order, Order::Global);
        let (mut known, mut given_up) = (HashSet::new(), Vec::new());
        for letter in self.letters_behind().await? {
            match letter.status {
                LetterStatus::Discarded if !(in_line && letter.held) => given_up.push(letter),
                // It has halted the handler; called again, the event is tried again.
                LetterStatus::Dead if in_line => {}
                _ => drop(known.insert(letter.event_id)),
            }
        }
        self.known = known;
        self.given_up = self.given_up(given_up).await?;
        Ok(())
    }

    /// The letters about events behind the checkpoint that aren't resolved, as they are at one moment: an
    /// operator may change them meanwhile.
    async fn letters_behind(&self) -> Result<Vec<FailedEvent>, End> {
        use LetterStatus::{Dead, Discarded, Retrying};
        let unresolved = [Retrying, Dead, Discarded].into_iter().fold(self.lane_letters(), LetterQuery::status);
        let mut letters = self.store.backend().letters(unresolved).await?;
        letters.retain(|letter| letter.position > self.stored);
        Ok(letters)
    }

    /// A letter that an operator has discarded is the end of its event, unless the handler was made to begin
    /// again since: then it meets the event once more. Where that can't be told, it is called again.
    async fn given_up(&self, letters: Vec<FailedEvent>) -> Result<HashSet<EventId>, End> {
        if letters.is_empty() {
            return Ok(HashSet::new());
        }
        let discarded = self.discarded_since_the_last_reset().await?;
        let given_up = letters.into_iter().filter(|letter| discarded.contains(&letter.id));
        Ok(given_up.map(|letter| letter.event_id).collect())
    }

    /// By the order of the operations: operators' clocks may differ.
    async fn discarded_since_the_last_reset(&self) -> Result<HashSet<LetterId>, End> {
        use OperationKind::{Discard, Hold, Rebuild, Remove, Reset};
        let former = self.handler.spec.renamed_from;
        let is_own =
            |handler: &HandlerName| *handler == self.lane.handler || former.is_some_and(|name| handler == name);
        let begins_again = |operation: &Operation| {
            matches!(operation.action, Reset | Rebuild | Remove) && operation.handler.as_ref().is_some_and(is_own)
        };
        let operations = self.store.backend().operations(OPERATIONS).await?;
        let since = operations.into_iter().take_while(|operation| !begins_again(operation));
        Ok(since.filter(|operation| matches!(operation.action, Discard | Hold)).flat_map(|done| done.letters).collect())
    }
}
