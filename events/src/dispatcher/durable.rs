//! The dispatcher as the lanes of durable handlers see it.

use std::any::Any;
use std::sync::Arc;

use super::attempt::{Unread, decode};
use super::committing::{Lent, Outbox, committed};
use super::facade::EventDispatcher;
use super::held_back::HeldBack;
use super::inner::Inner;
use crate::bus::{AfterCall, Deliver};
use crate::commit::{Prepared, Undelivered};
use crate::delivery::{Called, DurableCall, Host, Supervisor};
use crate::event::{DecodeError, ErasedEvent, RecordedEvent};
use crate::handler::{BatchedEvent, BoxFuture, Class, ConnectionSlot, HandlerError, LendConnection, Surroundings};
use crate::store::{Appended, EventStore, LetterId};

impl Host for Inner {
    fn store(&self) -> &EventStore {
        &self.store
    }

    fn decode(&self, event: &RecordedEvent) -> Result<Option<Arc<dyn ErasedEvent>>, DecodeError> {
        match decode(self, event) {
            Ok(event) => Ok(Some(event)),
            Err(Unread::Decode(error)) if error.needs_newer_program() => Err(error),
            // The call will say what is wrong with it.
            Err(Unread::Decode(_) | Unread::Panicked(_)) => Ok(None),
        }
    }

    fn call<'a>(&'a self, call: DurableCall<'a>) -> BoxFuture<'a, Called> {
        Box::pin(async move {
            // It is alive: somebody has lent it for this call.
            let Some(inner) = self.me.upgrade() else { return Called::Failed(HandlerError::transient(Gone)) };
            let _under_way = self.calls.begin(call.handler).await;
            match call.replays() {
                true => call_with(&inner, call, None, &HeldBack::beside(&inner)).await,
                false => call_with(&inner, call, None, &Outbox(&inner)).await,
            }
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
            let _under_way = self.calls.begin(call.handler).await;
            if call.replays() {
                return (call_with(&inner, call, Some(connection), &HeldBack::inside(&inner)).await, None);
            }
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

    fn note_letter_tried(&self) {
        Self::note_letter_tried(self);
    }

    fn tell_of_dead(&self, letters: Vec<LetterId>) -> BoxFuture<'_, ()> {
        Box::pin(Self::tell_of_dead(self, letters))
    }
}

async fn call_with(
    inner: &Arc<Inner>,
    call: DurableCall<'_>,
    connection: Option<&mut (dyn Any + Send)>,
    after: &dyn AfterCall,
) -> Called {
    let [recorded, ..] = call.events else { return Called::Handled };
    let event = match read(inner, recorded) {
        Ok(event) => event,
        Err(called) => return called,
    };
    let batch = match call.handler.batch().map(|_| read_all(inner, &event, call.events)).transpose() {
        Ok(batch) => batch,
        Err(called) => return called,
    };
    let host = EventDispatcher::sharing(Arc::clone(inner));
    let slot = connection.map(ConnectionSlot::new);
    let surroundings = Surroundings {
        shared: Some(&event),
        recorded: Some(recorded),
        host: Some(&host),
        transaction: slot.as_ref().map(|slot| slot as &dyn LendConnection),
        replay: call.replays(),
        batch: batch.as_deref(),
    };
    let deliver = Deliver {
        event: &*event,
        metadata: recorded.metadata(),
        surroundings: &surroundings,
        depth: 1,
        after: Some(after),
    };
    match inner.bus.call_entry(&deliver, &call.handler.entry, call.attempt).await {
        Ok(()) => Called::Handled,
        Err(error) => Called::Failed(error),
    }
}

fn read(inner: &Inner, recorded: &RecordedEvent) -> Result<Arc<dyn ErasedEvent>, Called> {
    decode(inner, recorded).map_err(|unread| match unread {
        Unread::Decode(error) if error.needs_newer_program() => Called::Unreadable(error),
        Unread::Decode(error) => Called::Failed(HandlerError::new(Class::Decode, error)),
        Unread::Panicked(error) => Called::Failed(error),
    })
}

/// Reads all events of a call, of which the first was read already.
fn read_all<'a>(
    inner: &Inner,
    first: &Arc<dyn ErasedEvent>,
    events: &[&'a RecordedEvent],
) -> Result<Vec<BatchedEvent<'a>>, Called> {
    let read = |(index, recorded): (usize, &&'a RecordedEvent)| {
        let event = if index == 0 { Arc::clone(first) } else { read(inner, recorded)? };
        Ok(BatchedEvent { event, recorded })
    };
    events.iter().enumerate().map(read).collect()
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
