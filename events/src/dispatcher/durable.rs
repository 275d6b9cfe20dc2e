//! The dispatcher as the lanes of durable handlers see it.

use std::any::Any;
use std::sync::Arc;

use super::attempt::{Unread, decode};
use super::committing::{Lent, Outbox, committed};
use super::facade::EventDispatcher;
use super::inner::Inner;
use crate::bus::{AfterCall, Deliver};
use crate::commit::{Prepared, Undelivered};
use crate::delivery::{Called, DurableCall, Host, Supervisor};
use crate::event::{ErasedEvent, RecordedEvent};
use crate::handler::{BoxFuture, Class, ConnectionSlot, HandlerError, LendConnection, Surroundings};
use crate::store::{Appended, EventStore};

impl Host for Inner {
    fn store(&self) -> &EventStore {
        &self.store
    }

    fn decode(&self, event: &RecordedEvent) -> Option<Arc<dyn ErasedEvent>> {
        decode(self, event).ok()
    }

    fn call<'a>(&'a self, call: DurableCall<'a>) -> BoxFuture<'a, Called> {
        Box::pin(async move {
            // It is alive: somebody has lent it for this call.
            let Some(inner) = self.me.upgrade() else { return Called::Failed(HandlerError::transient(Gone)) };
            call_with(&inner, call, None, &Outbox(&inner)).await
        })
    }

    fn call_in<'a>(
        &'a self,
        call: DurableCall<'a>,
        connection: &'a mut (dyn Any + Send),
    ) -> BoxFuture<'a, (Called, Option<Prepared>)> {
        Box::pin(async move {
            let Some(inner) = self.me.upgrade() else {
                return (Called::Failed(HandlerError::transient(Gone)), None);
            };
            let lent = Lent::new(&inner);
            let called = call_with(&inner, call, Some(connection), &lent).await;
            (called, lent.into_prepared())
        })
    }

    fn deliver<'a>(&'a self, emitted: Undelivered, appended: Appended) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let Some(inner) = self.me.upgrade() else { return };
            // Also while it shuts down: they are in the log, and nobody else calls these handlers.
            let _guard = inner.activity.follow();
            // What has failed has its letters.
            drop(committed(&inner, emitted, appended).await);
        })
    }

    fn note_progress(&self) {
        self.progress.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn note_letter_change(&self) {
        Self::note_letter_change(self);
    }
}

async fn call_with(
    inner: &Arc<Inner>,
    call: DurableCall<'_>,
    connection: Option<&mut (dyn Any + Send)>,
    after: &dyn AfterCall,
) -> Called {
    let event = match decode(inner, call.event) {
        Ok(event) => event,
        Err(Unread::Decode(error)) if error.needs_newer_program() => return Called::Unreadable(error),
        Err(Unread::Decode(error)) => return Called::Failed(HandlerError::new(Class::Decode, error)),
        Err(Unread::Panicked(error)) => return Called::Failed(error),
    };
    let host = EventDispatcher::sharing(Arc::clone(inner));
    let slot = connection.map(ConnectionSlot::new);
    let transaction = slot.as_ref().map(|slot| slot as &dyn LendConnection);
    let surroundings =
        Surroundings { shared: Some(&event), recorded: Some(call.event), host: Some(&host), transaction };
    let deliver = Deliver {
        event: &*event,
        metadata: call.event.metadata(),
        surroundings: &surroundings,
        depth: 1,
        after: Some(after),
    };
    match inner.bus.call_entry(&deliver, &call.handler.entry, call.attempt).await {
        Ok(()) => Called::Handled,
        Err(error) => Called::Failed(error),
    }
}

/// What runs the durable handlers, if there are any.
pub(super) fn supervisor(inner: &Arc<Inner>) -> Option<Supervisor> {
    if inner.durable.is_empty() {
        return None;
    }
    let host = Arc::downgrade(inner);
    Some(Supervisor {
        host,
        store: inner.store.clone(),
        handlers: inner.durable.clone(),
        process: inner.owner.clone(),
        build: inner.build.clone(),
        lease: inner.lease,
        pace: inner.pace,
        letters: inner.letters_changed.clone(),
        committed: inner.committed.subscribe(),
    })
}

#[derive(Debug, thiserror::Error)]
#[error("the dispatcher is gone")]
struct Gone;
