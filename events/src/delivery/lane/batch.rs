//! Calling the handler with several events at once.
//!
//! A batch is what is there, up to a limit, in the order of the log; a lane has one under way. When it
//! fails, nothing of it counts, and its events are handled one at a time, so that what is wrong with
//! one of them is that one's own.

use std::sync::Arc;

use futures_util::FutureExt;

use super::super::{Called, DurableCall, DurableHandler, Host};
use super::{End, Finished, Lane, Pending, Ticket};
use crate::event::RecordedEvent;
use crate::handler::{Attempt, BoxFuture};

/// Events that the handler is called with at once, and their places in the window.
pub(super) struct Batch {
    events: Vec<Pending>,
    tickets: Vec<Ticket>,
}

impl Lane {
    /// Calls the handler with the events that are there; answers whether there was any.
    pub(super) async fn begin_batch(&mut self, host: &Arc<dyn Host>, limit: usize) -> Result<bool, End> {
        // While the circuit is open, one event is the probe.
        let limit = if self.circuit.is_open() { 1 } else { limit };
        let batch = self.gather(host, limit).await?;
        // Without one, everything is read, or the lane is to end: what was taken in is the next owner's.
        if batch.events.is_empty() || !self.may_begin() {
            return Ok(false);
        }
        if self.handler.transactional {
            let called = self.call_in_transaction(host, &batch.recorded(), &batch.in_order()).await?;
            return self.batch_ended(batch, called).await.map(|()| true);
        }
        let events = batch.events.iter().map(|pending| Arc::clone(&pending.event)).collect();
        let mut call = call_owned(Arc::clone(host), Arc::clone(&self.handler), events);
        match (&mut call).now_or_never() {
            Some(called) => self.batch_ended(batch, called).await?,
            None => drop(self.running.spawn(async move { Finished::Batch(batch, call.await) })),
        }
        Ok(true)
    }

    /// Takes events in until there are enough, or no more; one that is to be handled by itself is a
    /// batch of its own.
    async fn gather(&mut self, host: &Arc<dyn Host>, limit: usize) -> Result<Batch, End> {
        let mut batch = Batch { events: Vec::new(), tickets: Vec::new() };
        while batch.events.len() < limit && self.may_take_in() && self.may_begin() {
            let replays = |pending: &Pending| self.handler.replays(&pending.event);
            let fits =
                |next: &Pending| batch.events.last().is_none_or(|last| !next.alone && replays(last) == replays(next));
            let Some(pending) = self.pending.pop_front_if(|next| fits(next)) else {
                // What is left belongs into another batch, or was not read yet.
                if self.pending.is_empty() && self.read_on().await? {
                    continue;
                }
                break;
            };
            let Some((mut pending, _)) = self.admit(host, pending)? else { continue };
            let alone = pending.alone;
            batch.tickets.push(*pending.ticket.get_or_insert_with(|| self.window.push(pending.event.position())));
            batch.events.push(pending);
            if alone {
                break;
            }
        }
        Ok(batch)
    }

    /// Notes what came of a batch.
    pub(super) async fn batch_ended(&mut self, mut batch: Batch, called: Called) -> Result<(), End> {
        if matches!(called, Called::Handled) {
            self.succeeded(batch.events.len());
            batch.tickets.iter().for_each(|ticket| self.window.finish(*ticket));
            return Ok(());
        }
        if batch.events.len() == 1
            && let Some(pending) = batch.events.pop()
        {
            return self.call_ended(pending, None, called).await;
        }
        self.take_apart(batch, &called);
        Ok(())
    }

    /// The events of a batch that has failed come next, each by itself.
    fn take_apart(&mut self, batch: Batch, called: &Called) {
        let reason = match called {
            Called::Failed(error) => error.type_name(),
            // The events before the one that this process can't read are handled all the same.
            Called::Handled | Called::Unreadable(_) => "an event that this program can't read",
        };
        tracing::warn!(
            handler = %self.lane.handler,
            events = batch.events.len(),
            reason,
            "a batch has failed; its events are handled one at a time"
        );
        for mut pending in batch.events.into_iter().rev() {
            pending.alone = true;
            self.pending.push_front(pending);
        }
    }
}

impl Batch {
    fn recorded(&self) -> Vec<&RecordedEvent> {
        self.events.iter().map(|pending| &*pending.event).collect()
    }

    /// Its places, in the order of the window: an event that was put back comes later than it was.
    fn in_order(&self) -> Vec<Ticket> {
        let mut tickets = self.tickets.clone();
        tickets.sort_unstable();
        tickets
    }
}

fn call_owned(
    host: Arc<dyn Host>,
    handler: Arc<DurableHandler>,
    events: Vec<Arc<RecordedEvent>>,
) -> BoxFuture<'static, Called> {
    Box::pin(async move {
        let events: Vec<&RecordedEvent> = events.iter().map(|event| &**event).collect();
        let call = DurableCall { handler: &handler, events: &events, attempt: Attempt::FIRST };
        host.call(call).await
    })
}
