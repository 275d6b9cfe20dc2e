//! The asynchronous bus.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::builder::{AsyncEventBusBuilder, Settings};
use super::deliver::Deliver;
use super::{HandlerStats, Subscription, Table};
use crate::event::{Context, DomainEvent, ErasedEvent, EventMetadata};
use crate::handler::{Delivery, StateMap, Subscribed, Subscriber, Surroundings};
use crate::id::HandlerName;

/// A bus for sync and async handlers. Handlers of equal priority wait side by side; those of a
/// lower priority begin when all of a higher one have ended.
///
/// Every async handler is first polled in place, so that one that is ready at once costs no more
/// than a call. A handler that has to wait needs a tokio runtime with time enabled
/// and has failed without: nothing else could limit its time.
///
/// ```
/// use events::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(no_stream)]
/// struct Ping;
///
/// #[event_handler]
/// async fn pong(_: &Ping) -> Result<(), std::io::Error> {
///     tokio::task::yield_now().await;
///     Ok(())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let bus = AsyncEventBus::builder().handlers(HandlerRegistry::only(handlers![pong])).build().unwrap();
/// assert_eq!(bus.publish(Ping).await.handled(), 1);
/// # }
/// ```
pub struct AsyncEventBus {
    pub(super) table: Arc<Table>,
    pub(super) state: StateMap,
    pub(super) settings: Settings,
}

impl AsyncEventBus {
    /// Begins to build a bus.
    pub fn builder() -> AsyncEventBusBuilder {
        AsyncEventBusBuilder::default()
    }

    pub(crate) fn new(table: Table, state: StateMap, settings: Settings) -> Self {
        Self { table: Arc::new(table), state, settings }
    }

    /// How long an async handler may take that doesn't say so itself.
    pub(crate) fn timeout(&self) -> Duration {
        self.settings.timeout
    }

    /// Calls the event's handlers and waits for them.
    ///
    /// # Cancel safety
    /// Dropping the future drops the handlers that are under way.
    pub async fn publish<E: DomainEvent>(&self, event: E) -> Delivery {
        self.publish_with(event, &Context::new()).await
    }

    /// Calls the event's handlers, with the caller's part of the metadata.
    ///
    /// # Cancel safety
    /// Dropping the future drops the handlers that are under way.
    pub async fn publish_with<E: DomainEvent>(&self, event: E, context: &Context) -> Delivery {
        let metadata = EventMetadata::new(&event, context);
        let found = self.table.find(TypeId::of::<E>());
        if found.has_subscribed() {
            // One of them may want to share the event.
            let event: Arc<dyn ErasedEvent> = Arc::new(event);
            let surroundings = Surroundings { shared: Some(&event), ..Surroundings::default() };
            self.deliver_to(&Deliver::on_bus(&*event, &metadata, &surroundings), &found).await
        } else {
            self.deliver_to(&Deliver::on_bus(&event, &metadata, &Surroundings::default()), &found).await
        }
    }

    /// Adds a handler while the bus is in use: see [`Subscriber`] for what can be one. It sees the
    /// events that are published from now on.
    pub fn subscribe<E: DomainEvent, M, S: Subscriber<E, M>>(&self, subscriber: S) -> Subscription {
        let Subscribed(call) = subscriber.subscribed();
        let type_id = TypeId::of::<E>();
        let (number, name) = self.table.subscribe::<S>(type_id, call);
        Subscription::new(&self.table, type_id, number, name)
    }

    /// How often each handler was called by a dispatcher, and with what result.
    pub(crate) fn handler_stats(&self) -> BTreeMap<HandlerName, HandlerStats> {
        self.table.stats()
    }

    /// The names of the handlers that were added at run time, oldest first.
    #[must_use]
    pub fn subscriptions(&self) -> Vec<HandlerName> {
        self.table.subscriptions()
    }
}

impl fmt::Debug for AsyncEventBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncEventBus").field("subscriptions", &self.subscriptions()).finish_non_exhaustive()
    }
}
