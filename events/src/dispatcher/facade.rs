//! The dispatcher as programs use it.

use std::fmt;
use std::sync::Arc;

use super::committing::{Delivering, address};
use super::emit::emit_to;
use super::inner::Inner;
use super::{DispatcherStats, EventBatch, EventDispatcherBuilder, blocking};
use crate::bus::Subscription;
use crate::catalog::Catalog;
use crate::commit::{Commit, Committer, Receipt};
use crate::dead_letter::DeadLetterQueue;
use crate::delivery::DurableHandlers;
use crate::error::{Error, ErrorKind};
use crate::event::{Context, DomainEvent, ErasedEvent};
use crate::handler::Subscriber;
use crate::sourcing::{Aggregate, AggregateHandle, EventSourcing};
use crate::store::EventStore;
use tracing::Instrument;

/// Records events and calls their handlers. Cheap to clone; all clones are one dispatcher.
///
/// ```standalone_crate
/// use events::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(aggregate = "user")]
/// struct UserRegistered { #[event(id)] user_id: Uuid, email: String }
///
/// #[event_handler]
/// fn audit(event: &UserRegistered, metadata: &EventMetadata) {
///     println!("{} registered by {:?}", event.user_id, metadata.actor());
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let app = EventDispatcher::builder()
///     .store(EventStore::memory())
///     .handlers(HandlerRegistry::only(handlers![audit]))
///     .start()
///     .await?;
/// let event = UserRegistered { user_id: Uuid::nil(), email: "ada@example.com".into() };
/// let receipt = app.with(Context::actor("signup form")).publish(event).await?;
/// assert_eq!(receipt.delivery().handled(), 1);
/// app.shutdown().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct EventDispatcher {
    pub(crate) inner: Arc<Inner>,
    pub(super) context: Context,
}

impl EventDispatcher {
    /// Begins to build a dispatcher.
    pub fn builder() -> EventDispatcherBuilder {
        EventDispatcherBuilder::new()
    }

    pub(crate) fn sharing(inner: Arc<Inner>) -> Self {
        Self { inner, context: Context::new() }
    }

    /// The same dispatcher with the caller's part of the metadata: who acts, for whom, in which trace.
    ///
    /// ```standalone_crate
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Ping;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?;
    /// app.subscribe(|_: &Ping, metadata: &EventMetadata| assert_eq!(metadata.actor().unwrap(), &"ada"));
    /// let request = app.with(Context::actor("ada").with_header("ip", "192.0.2.7"));
    /// assert!(request.publish(Ping).await?.failures().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with(&self, context: Context) -> Self {
        Self { inner: Arc::clone(&self.inner), context }
    }

    /// Records an event and calls its inline handlers. When it returns `Ok`, the event is durable;
    /// what the handlers made of it is in the receipt.
    ///
    /// # Errors
    /// If the event can't be kept, or the store fails. Nothing is recorded then, and nobody called.
    ///
    /// # Cancel safety
    /// Dropped before its first poll, nothing has happened; dropped later, the commit and the calls
    /// go on in the background.
    pub async fn publish<E: DomainEvent>(&self, event: E) -> Result<Receipt, Error> {
        self.commit(vec![Arc::new(event)]).await
    }

    /// Records several events in one commit, all or none, and calls their handlers in the events'
    /// order.
    ///
    /// # Errors
    /// As [`publish`](Self::publish).
    ///
    /// # Cancel safety
    /// As [`publish`](Self::publish).
    ///
    /// # Examples
    /// ```standalone_crate
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Ping;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?;
    /// let receipt = app.publish_batch(vec![Ping, Ping]).await?;
    /// assert_eq!(receipt.events().len(), 2);
    /// // One that can't be kept keeps the others out.
    /// let refused = app.with(Context::actor("")).publish_batch((Ping, Ping)).await;
    /// assert!(refused.unwrap_err().is_invalid());
    /// assert_eq!(app.store().stats().await?.events, 2);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn publish_batch(&self, events: impl EventBatch) -> Result<Receipt, Error> {
        self.commit(events.into_events()).await
    }

    async fn commit(&self, events: Vec<Arc<dyn ErasedEvent>>) -> Result<Receipt, Error> {
        let span = tracing::debug_span!("publish", events = events.len());
        let commit = Commit::new(events, &self.context);
        Ok(Delivering(Arc::clone(&self.inner)).commit(commit).instrument(span).await?)
    }

    /// Publishes from a thread that belongs to no runtime, and blocks it until the handlers are done.
    ///
    /// # Errors
    /// On a thread of a runtime, which it would block: use [`publish`](Self::publish) there, or
    /// [`emit`](Self::emit) in a sync handler. Else as [`publish`](Self::publish).
    ///
    /// # Examples
    /// ```standalone_crate
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Ping;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?;
    /// // In a thread of its own, such as the callback of a foreign library.
    /// std::thread::scope(|scope| scope.spawn(|| app.publish_blocking(Ping)).join()).expect("no panic")?;
    /// assert_eq!(app.stats().events, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn publish_blocking<E: DomainEvent>(&self, event: E) -> Result<Receipt, Error> {
        if tokio::runtime::Handle::try_current().is_ok() {
            let message = "`publish_blocking` would block a thread of the runtime: await `publish`, `emit` the event \
                           in a sync handler, or in `spawn_blocking` use `Handle::current().block_on(app.publish(…))`";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        blocking::runtime()?.block_on(self.publish(event))
    }

    /// Publishes an event from within a handler of this dispatcher, without waiting: see [`emit`](super::emit()).
    ///
    /// # Errors
    /// Outside of the handlers of this dispatcher.
    ///
    /// # Examples
    /// ```standalone_crate
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Ping;
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Pong;
    /// #[event_handler]
    /// fn answer(_: &Ping, app: &EventDispatcher) -> Result<(), events::Error> {
    ///     app.with(Context::actor("the answering machine")).emit(Pong)
    /// }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let app = EventDispatcher::builder().handlers(HandlerRegistry::only(handlers![answer])).build()?;
    /// app.publish(Ping).await?;
    /// assert_eq!(app.store().stats().await?.events, 2);
    /// assert!(app.emit(Pong).is_err(), "there is no handler here");
    /// # Ok(())
    /// # }
    /// ```
    pub fn emit<E: DomainEvent>(&self, event: E) -> Result<(), Error> {
        emit_to(Some(address(&self.inner)), event, self.context.clone())
    }

    /// One aggregate, to be loaded or given a command: see [`AggregateHandle`].
    ///
    /// ```standalone_crate
    /// # use events::prelude::*;
    /// # #[derive(serde::Serialize, serde::Deserialize, DomainEvent)]
    /// # #[event(aggregate = "counter")]
    /// # struct Counted { #[event(id)] counter: u64, by: u32 }
    /// # #[derive(Default, serde::Serialize, serde::Deserialize)]
    /// # struct Counter { total: u32 }
    /// # #[aggregate(name = "counter")]
    /// # impl Counter { #[when] fn counted(&mut self, event: &Counted) { self.total += event.by; } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?;
    /// app.subscribe(|event: &Counted| println!("{} more", event.by));
    /// let counter = app.aggregate::<Counter>(7);
    /// let receipt = counter.execute(|_| Ok::<_, events::Error>(Counted { counter: 7, by: 3 })).await?;
    /// assert_eq!(receipt.delivery().handled(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn aggregate<A: Aggregate>(&self, id: A::Id) -> AggregateHandle<A> {
        self.sourcing().aggregate(id)
    }

    /// The repository of aggregates, whose commits are delivered to the handlers.
    ///
    /// ```standalone_crate
    /// # use events::prelude::*;
    /// # #[derive(serde::Serialize, serde::Deserialize, DomainEvent)]
    /// # #[event(aggregate = "counter")]
    /// # struct Counted { #[event(id)] counter: u64, by: u32 }
    /// # #[derive(Default, serde::Serialize, serde::Deserialize)]
    /// # struct Counter { total: u32 }
    /// # #[aggregate(name = "counter")]
    /// # impl Counter { #[when] fn counted(&mut self, event: &Counted) { self.total += event.by; } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?;
    /// let counters = app.sourcing();
    /// for id in 1..=3 {
    ///     counters.execute::<Counter, _, _>(id, |_| Ok::<_, events::Error>(Counted { counter: id, by: 1 })).await?;
    /// }
    /// assert_eq!((app.stats().commits, counters.load::<Counter>(2).await?.total), (3, 1));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn sourcing(&self) -> EventSourcing {
        let committer = Arc::new(Delivering(Arc::clone(&self.inner)));
        EventSourcing::delivering(self.inner.store.clone(), committer, self.context.clone())
    }

    /// Adds a handler while the dispatcher is in use: see [`Subscriber`] for what can be one. A
    /// failed call is retried like that of a registered handler, as long as it is subscribed.
    ///
    /// ```standalone_crate
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Ping;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?;
    /// let (sender, mut inbox) = tokio::sync::mpsc::channel(16);
    /// let subscription = app.subscribe(move |event: std::sync::Arc<Ping>| {
    ///     let sender = sender.clone();
    ///     async move { sender.send(event).await.map_err(|_| "nobody listens any more") }
    /// });
    /// app.publish(Ping).await?;
    /// assert!(inbox.recv().await.is_some());
    /// assert!(subscription.unsubscribe());
    /// # Ok(())
    /// # }
    /// ```
    pub fn subscribe<E: DomainEvent, M, S: Subscriber<E, M>>(&self, subscriber: S) -> Subscription {
        if self.inner.superseded.contains(&E::DESCRIPTOR.type_id()) {
            let (event, version) = (E::DESCRIPTOR.name(), E::DESCRIPTOR.version());
            tracing::error!(event, %version, "subscribed to an old version, which can't be published: take the newest");
        }
        self.inner.meet(E::DESCRIPTOR);
        self.inner.bus.subscribe(subscriber)
    }

    /// The event store.
    #[must_use]
    pub fn store(&self) -> &EventStore {
        &self.inner.store
    }

    /// The letters about events that handlers have failed on.
    ///
    /// ```standalone_crate
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Ping;
    /// use events::store::LetterQuery;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?;
    /// app.subscribe(|_: &Ping| Err::<(), _>(HandlerError::permanent("no such mailbox")));
    /// app.publish(Ping).await?;
    /// let letters = app.dead_letters().list(LetterQuery::new().class(Class::Permanent)).await?;
    /// assert_eq!(letters[0].error.as_ref().unwrap().to_string(), "no such mailbox");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn dead_letters(&self) -> DeadLetterQueue {
        DeadLetterQueue::waking(self.inner.store.clone(), self.inner.letters_changed.clone())
    }

    /// The durable handlers of the store: their state, their lag, and what operators do about them.
    ///
    /// # Examples
    /// ```standalone_crate
    /// # use events::prelude::*;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).start().await?;
    /// assert!(app.durable_handlers().lag().await?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn durable_handlers(&self) -> DurableHandlers {
        DurableHandlers::waking(self.inner.store.clone(), self.inner.letters_changed.clone())
    }

    /// The events, aggregates and handlers that the dispatcher knows.
    ///
    /// ```standalone_crate
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Ping;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?;
    /// println!("{}", app.catalog());
    /// assert!(app.catalog().event("ping").is_some());
    /// assert!(app.catalog().handlers().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.inner.catalog
    }

    /// What it has done since it was built.
    ///
    /// ```standalone_crate
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Ping;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?;
    /// app.publish_batch((Ping, Ping)).await?;
    /// let stats = app.stats();
    /// assert_eq!((stats.commits, stats.events, stats.retries), (1, 2, 0));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn stats(&self) -> DispatcherStats {
        let durable = self.inner.durable.iter().map(|handler| (handler.name().clone(), handler.entry.stats()));
        self.inner.counters.snapshot(self.inner.bus.handler_stats().into_iter().chain(durable).collect())
    }
}

impl fmt::Debug for EventDispatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventDispatcher")
            .field("store", &self.inner.store)
            .field("handlers", &self.inner.catalog.handlers().len())
            .finish_non_exhaustive()
    }
}
