//! The synchronous bus.

use std::any::TypeId;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::builder::EventBusBuilder;
use super::table::Entry;
use super::{Subscription, SyncMiddleware, SyncNext, Table};
use crate::event::{Cause, Context, DomainEvent, EventMetadata, Scope, scoped};
use crate::handler::{
    Delivery, EventContext, HandlerResult, StateMap, Subscribed, Surroundings, SyncSubscriber, panicked, settle,
};
use crate::id::HandlerName;

/// A bus that calls its handlers one after the other, on the caller's thread, before `publish`
/// returns. It needs no runtime and allocates nothing per event.
///
/// ```
/// use events::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(no_stream)]
/// struct Ping;
///
/// let bus = EventBus::builder().handlers(HandlerRegistry::none()).build().unwrap();
/// bus.subscribe(|_: &Ping| -> Result<(), std::num::ParseIntError> { "x".parse::<u8>().map(drop) });
/// let delivery = bus.publish(&Ping);
/// assert_eq!((delivery.handled(), delivery.failures().len()), (0, 1));
/// ```
pub struct EventBus {
    table: Arc<Table>,
    state: StateMap,
    middleware: Vec<Arc<dyn SyncMiddleware>>,
}

impl EventBus {
    /// Begins to build a bus.
    pub fn builder() -> EventBusBuilder {
        EventBusBuilder::default()
    }

    pub(crate) fn new(table: Table, state: StateMap, middleware: Vec<Arc<dyn SyncMiddleware>>) -> Self {
        Self { table: Arc::new(table), state, middleware }
    }

    /// Calls the event's handlers.
    pub fn publish<E: DomainEvent>(&self, event: &E) -> Delivery {
        self.publish_with(event, &Context::new())
    }

    /// Calls the event's handlers, with the caller's part of the metadata.
    pub fn publish_with<E: DomainEvent>(&self, event: &E, context: &Context) -> Delivery {
        let metadata = EventMetadata::new(event, context);
        let depth = Cause::depth_below_current();
        let mut scope = Scope { cause: Some(Cause::of(&metadata, depth)), emitted: None };
        let _span = tracing::debug_span!("publish", event = %metadata.name(), id = %metadata.event_id()).entered();
        scoped(&mut scope, || self.deliver(event, &metadata, depth))
    }

    /// Calls all handlers of the event.
    fn deliver<E: DomainEvent>(&self, event: &E, metadata: &EventMetadata, depth: u16) -> Delivery {
        let found = self.table.find(TypeId::of::<E>());
        if let Some(refused) = found.refuse_too_deep(metadata, depth) {
            return refused;
        }
        let mut delivery = Delivery::default();
        let surroundings = Surroundings::default();
        for entries in found.slices() {
            let Some(first) = entries.first() else { continue };
            let context = EventContext::new(event, metadata, &self.state, &surroundings, &first.name);
            self.call_all(entries, context, &mut delivery);
        }
        delivery
    }

    /// Runs the loop over the handlers; after a panic it goes on behind the culprit.
    fn call_all<'c>(&self, mut entries: &'c [Entry], mut context: EventContext<'c>, delivery: &mut Delivery) {
        let metadata = context.metadata();
        while !entries.is_empty() {
            let caught = catch_unwind(AssertUnwindSafe(|| {
                while let Some((entry, rest)) = entries.split_first() {
                    context.set_handler(&entry.name);
                    match self.call(entry, &context) {
                        Some(result) => settle(delivery, &entry.name, metadata, result),
                        None => delivery.count_skipped(),
                    }
                    entries = rest;
                }
            }));
            if let Err(panic) = caught
                && let Some((culprit, rest)) = entries.split_first()
            {
                settle(delivery, &culprit.name, metadata, Err(panicked(panic)));
                entries = rest;
            }
        }
    }

    /// Calls one handler; `None` for an async one, which this bus was told to leave out.
    fn call(&self, entry: &Entry, context: &EventContext<'_>) -> Option<HandlerResult> {
        let _span = tracing::debug_span!("handle", handler = %entry.name).entered();
        match self.middleware.as_slice() {
            [] => entry.call_sync(context),
            _ if entry.is_async() => None,
            rest => Some(SyncNext { rest, entry }.run(context)),
        }
    }

    /// Adds a handler while the bus is in use: see [`Subscriber`](crate::Subscriber) for what can
    /// be one. It sees the events that are published from now on.
    pub fn subscribe<E: DomainEvent, M, S: SyncSubscriber<E, M>>(&self, subscriber: S) -> Subscription {
        let Subscribed(call) = subscriber.subscribed();
        let type_id = TypeId::of::<E>();
        let (number, name) = self.table.subscribe::<S>(type_id, call);
        Subscription::new(&self.table, type_id, number, name)
    }

    /// The names of the handlers that were added at run time, oldest first.
    #[must_use]
    pub fn subscriptions(&self) -> Vec<HandlerName> {
        self.table.subscriptions()
    }
}

impl fmt::Debug for EventBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventBus").field("subscriptions", &self.subscriptions()).finish_non_exhaustive()
    }
}
