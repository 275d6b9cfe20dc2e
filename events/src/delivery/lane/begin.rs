//! Taking events in, and calling the handler with them.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::FutureExt;

use super::super::order;
use super::super::{Called, DurableCall, DurableHandler, Host};
use super::{Blocked, End, Finished, Lane, Pending, UNSAVED, WINDOW};
use crate::event::RecordedEvent;
use crate::handler::{Attempt, BoxFuture, Order};

impl Lane {
    /// Begins calls as long as there are events, and room for more calls.
    pub(super) async fn begin_events(&mut self, host: &Arc<dyn Host>) -> Result<(), End> {
        while self.has_room() && self.may_begin() && !self.tries_letters_first() {
            let begun = match self.handler.batch() {
                Some(limit) => self.begin_batch(host, limit).await?,
                None => self.begin_next(host).await?,
            };
            if !begun {
                break;
            }
            // Calls that don't wait would go on to the end of the log.
            if self.handled_since_save >= UNSAVED {
                self.save().await?;
            }
        }
        Ok(())
    }

    /// Begins with the next event; answers whether there was more of the log.
    async fn begin_next(&mut self, host: &Arc<dyn Host>) -> Result<bool, End> {
        let Some(pending) = self.pending.pop_front() else { return self.read_on().await };
        if let Some((pending, key)) = self.admit(host, pending)? {
            self.call(host, pending, key).await?;
        }
        Ok(true)
    }

    fn has_room(&self) -> bool {
        let running = self.running.len();
        if let Some(probe_at) = self.circuit.probe_at() {
            return running == 0 && self.store.now() >= probe_at;
        }
        // Letters that are slow hold up no event of another key; but transactions take turns.
        let aside = if self.handler.transactional { 0 } else { self.retrying.len() + self.releases };
        running.saturating_sub(aside) < self.handler.concurrency() && self.may_take_in()
    }

    /// Whether one more event may be taken in.
    pub(super) fn may_take_in(&self) -> bool {
        self.window.len() < WINDOW && self.blocked.is_none()
    }

    /// The event, and its key if that is known by now; `None` if it is another lane's or has to wait.
    pub(super) fn admit(
        &mut self,
        host: &Arc<dyn Host>,
        mut pending: Pending,
    ) -> Result<Option<(Pending, Option<String>)>, End> {
        let event = Arc::clone(&pending.event);
        let spread = self.partitions > 1;
        let needs_key = spread || !self.busy.is_empty() || !self.parked.is_empty();
        let key = if needs_key { order::key(self.handler.spec.order, &event, &**host)? } else { None };
        if spread && order::partition(key.as_deref(), &event, self.partitions) != self.lane.partition {
            self.window.pass(event.position());
            return Ok(None);
        }
        if let Some(key) = &key {
            if let Some(parked) = self.parked.get_mut(key) {
                parked.skipped = parked.skipped.max(event.position());
                self.pass(&pending);
                return Ok(None);
            }
            if let Some(waiting) = self.busy.get_mut(key) {
                pending.ticket.get_or_insert_with(|| self.window.push(event.position()));
                waiting.push_back(pending);
                return Ok(None);
            }
        }
        if !self.given_up.is_empty() && self.given_up.remove(&event.metadata().event_id()) {
            self.pass(&pending);
            return Ok(None);
        }
        if !self.known.is_empty() && self.known.remove(&event.metadata().event_id()) {
            self.meet_known(pending);
            return Ok(None);
        }
        Ok(Some((pending, key)))
    }

    /// An event that had a letter when the lane was claimed: nothing is left to do about it here,
    /// unless everything waits for it.
    fn meet_known(&mut self, mut pending: Pending) {
        if matches!(self.handler.spec.order, Order::Global) {
            let ticket = *pending.ticket.get_or_insert_with(|| self.window.push(pending.event.position()));
            self.blocked = Some(Blocked { event_id: pending.event.metadata().event_id(), ticket });
            // Its letter may have been closed since the letters were read.
            self.look_for_closed.get_or_insert(self.rested);
        } else {
            self.pass(&pending);
        }
    }

    async fn call(&mut self, host: &Arc<dyn Host>, mut pending: Pending, key: Option<String>) -> Result<(), End> {
        if self.handler.transactional {
            let event = Arc::clone(&pending.event);
            let ticket = *pending.ticket.get_or_insert_with(|| self.window.push(event.position()));
            let called = self.call_in_transaction(host, &[&*event], &[ticket]).await?;
            return self.call_ended(pending, key, called).await;
        }
        let mut call = call_owned(Arc::clone(host), Arc::clone(&self.handler), Arc::clone(&pending.event));
        match (&mut call).now_or_never() {
            Some(called) => self.call_ended(pending, key, called).await,
            None => {
                let key = match key {
                    Some(key) => Some(key),
                    None => order::key(self.handler.spec.order, &pending.event, &**host)?,
                };
                pending.ticket.get_or_insert_with(|| self.window.push(pending.event.position()));
                if let Some(key) = &key {
                    self.busy.insert(key.clone(), VecDeque::new());
                }
                self.running.spawn(async move {
                    let called = call.await;
                    Finished::Call { pending, key, called }
                });
                Ok(())
            }
        }
    }

    /// Notes what came of a call, and begins the next one of its key.
    pub(super) async fn call_ended(
        &mut self,
        pending: Pending,
        key: Option<String>,
        called: Called,
    ) -> Result<(), End> {
        match called {
            Called::Handled => {
                self.succeeded(1);
                self.pass(&pending);
                self.next_of(key);
                Ok(())
            }
            Called::Failed(error) => self.failed(pending, key, error).await,
            Called::Unreadable(error) => Err(End::Unreadable(error)),
        }
    }

    /// A call with so many events has succeeded.
    pub(super) fn succeeded(&mut self, events: usize) {
        if self.circuit.succeeded() {
            tracing::info!(handler = %self.lane.handler, "the handler succeeds again; it goes on");
        }
        if !self.handler.transactional {
            self.handled_since_save += events;
        }
    }

    /// What has waited behind a call comes next, ahead of what was read after it.
    pub(super) fn next_of(&mut self, key: Option<String>) {
        let waiting = key.and_then(|key| self.busy.remove(&key)).unwrap_or_default();
        for pending in waiting.into_iter().rev() {
            self.pending.push_front(pending);
        }
    }

    /// Nothing is left to do about an event here.
    pub(super) fn pass(&mut self, pending: &Pending) {
        match pending.ticket {
            Some(ticket) => self.window.finish(ticket),
            None => self.window.pass(pending.event.position()),
        }
    }
}

impl Pending {
    pub(super) fn new(event: RecordedEvent) -> Self {
        Self { event: Arc::new(event), ticket: None, probes: 0, alone: false }
    }
}

fn call_owned(
    host: Arc<dyn Host>,
    handler: Arc<DurableHandler>,
    event: Arc<RecordedEvent>,
) -> BoxFuture<'static, Called> {
    Box::pin(async move {
        let call = DurableCall { handler: &handler, events: &[&*event], attempt: Attempt::FIRST };
        host.call(call).await
    })
}
