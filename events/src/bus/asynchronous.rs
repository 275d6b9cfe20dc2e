//! The asynchronous bus.

use std::any::{TypeId, type_name};
use std::collections::BTreeMap;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::builder::{AsyncEventBusBuilder, Settings};
use super::table::{Begun, Entry, Found};
use super::{HandlerStats, Next, Subscription, Table};
use crate::event::{Cause, Context, DomainEvent, Emitted, ErasedEvent, EventMetadata, Scope};
use crate::handler::{
    BoxFuture, Delivery, EventContext, HandlerError, HandlerResult, Invocation, StateMap, Subscribed, Subscriber,
    Surroundings, invoke_async, invoke_sync, settle,
};
use crate::id::HandlerName;

/// A bus for sync and async handlers. Handlers of equal priority wait side by side; those of a
/// lower priority begin when all of a higher one have ended.
///
/// Every async handler is first polled in place, so that one that is ready at once costs no more
/// than a call. It needs a tokio runtime with time enabled as soon as a handler has to wait.
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
/// # async fn example() {
/// let bus = AsyncEventBus::builder().handlers(HandlerRegistry::only(handlers![pong])).build().unwrap();
/// assert_eq!(bus.publish(Ping).await.handled(), 1);
/// # }
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(example());
/// ```
pub struct AsyncEventBus {
    table: Arc<Table>,
    state: StateMap,
    settings: Settings,
}

/// What a dispatcher adds to a delivery: it commits what a handler has emitted, as part of the call.
pub(crate) trait AfterCall: Sync {
    /// Where the handlers' emitted events go; `None` where nobody would commit them.
    fn outbox(&self) -> Option<Emitted>;

    fn commit<'a>(&'a self, cause: Cause, emitted: Emitted) -> BoxFuture<'a, Result<(), HandlerError>>;
}

/// A bus alone commits nothing.
pub(crate) struct NoEmit;

impl AfterCall for NoEmit {
    fn outbox(&self) -> Option<Emitted> {
        None
    }

    fn commit<'a>(&'a self, _: Cause, _: Emitted) -> BoxFuture<'a, Result<(), HandlerError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// One event on its way to its handlers.
pub(crate) struct Deliver<'a> {
    pub(crate) event: &'a Arc<dyn ErasedEvent>,
    pub(crate) metadata: &'a EventMetadata,
    pub(crate) surroundings: &'a Surroundings<'a>,
    pub(crate) depth: u16,
    pub(crate) after: &'a dyn AfterCall,
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
        let depth = Cause::depth_below_current();
        let event: Arc<dyn ErasedEvent> = Arc::new(event);
        let surroundings = Surroundings { shared: Some(Arc::clone(&event)), ..Surroundings::default() };
        let deliver =
            Deliver { event: &event, metadata: &metadata, surroundings: &surroundings, depth, after: &NoEmit };
        self.deliver(&deliver).await
    }

    /// Calls all handlers of the event.
    pub(crate) async fn deliver(&self, deliver: &Deliver<'_>) -> Delivery {
        let found = self.table.find(deliver.event.as_any().type_id());
        let mut delivery = Delivery::default();
        let Some(first) = found.iter().next() else { return delivery };
        let base = self.context(deliver, &first.name);
        // A context for each handler, where its future can borrow it; on the stack for a few.
        let mut few = [base; 4];
        let mut many = Vec::new();
        let contexts = match few.get_mut(..found.len()) {
            Some(few) => few,
            None => {
                many.resize(found.len(), base);
                many.as_mut_slice()
            }
        };
        for (context, entry) in contexts.iter_mut().zip(found.iter()) {
            *context = base.for_handler(&entry.name);
        }
        self.call_all(deliver, &found, contexts, &mut delivery).await;
        delivery
    }

    fn context<'a>(&'a self, deliver: &Deliver<'a>, handler: &'a HandlerName) -> EventContext<'a> {
        EventContext::new(&**deliver.event, deliver.metadata, &self.state, deliver.surroundings, handler)
    }

    /// Calls the handlers, a priority at a time.
    async fn call_all<'c>(
        &'c self,
        deliver: &'c Deliver<'_>,
        found: &'c Found<'_>,
        contexts: &'c [EventContext<'c>],
        delivery: &mut Delivery,
    ) {
        let mut waiting = FuturesUnordered::new();
        let mut priority = None;
        for (entry, context) in found.iter().zip(contexts) {
            let full = waiting.len() >= self.settings.concurrency;
            while (priority != Some(entry.priority) || full) && !waiting.is_empty() {
                if let Some((done, result)) = waiting.next().await {
                    entry_done(delivery, done, deliver.metadata, result);
                }
                if full && priority == Some(entry.priority) {
                    break;
                }
            }
            priority = Some(entry.priority);
            match self.begin(deliver, entry, context).await {
                Ok(result) => entry_done(delivery, entry, deliver.metadata, result),
                Err(call) => waiting.push(async move { (entry, call.finish(deliver).await) }),
            }
        }
        while let Some((done, result)) = waiting.next().await {
            entry_done(delivery, done, deliver.metadata, result);
        }
    }

    /// Calls one handler up to its first wait: its result, or the call that is under way.
    async fn begin<'c>(
        &'c self,
        deliver: &Deliver<'_>,
        entry: &'c Entry,
        context: &'c EventContext<'c>,
    ) -> Result<HandlerResult, UnderWay<'c>> {
        let cause = Cause::of(deliver.metadata, deliver.depth);
        let mut scope = Scope { cause: Some(cause), emitted: deliver.after.outbox() };
        let span = tracing::debug_span!("handle", handler = %entry.name, id = %deliver.metadata.event_id());
        let begun = match self.settings.middleware.as_slice() {
            [] => entry.begin(context),
            rest => Begun::Async(Next { rest, entry }.run(context)),
        };
        match begun {
            Begun::Sync(call) => {
                let result = span.in_scope(|| invoke_sync(call, context, &mut scope));
                Ok(commit_emitted(deliver, result, scope).await)
            }
            Begun::Async(future) => {
                let mut invocation = Invocation::new(future, scope, span);
                match poll_fn(|cx| Poll::Ready(Pin::new(&mut invocation).poll(cx))).await {
                    Poll::Ready(result) => Ok(commit_emitted(deliver, result, invocation.into_scope()).await),
                    Poll::Pending => {
                        let limit = entry.timeout.unwrap_or(self.settings.timeout);
                        Err(UnderWay { invocation, limit })
                    }
                }
            }
        }
    }

    /// Calls the handler of that name, if the event has it; for the attempts after the first.
    pub(crate) async fn call_one(
        &self,
        deliver: &Deliver<'_>,
        handler: &HandlerName,
        attempt: crate::handler::Attempt,
    ) -> Option<HandlerResult> {
        let found = self.table.find(deliver.event.as_any().type_id());
        let entry = found.iter().find(|entry| entry.name == *handler)?;
        let context = self.context(deliver, &entry.name).with_attempt(attempt);
        let result = match self.begin(deliver, entry, &context).await {
            Ok(result) => result,
            Err(call) => call.finish(deliver).await,
        };
        entry.count(&result);
        Some(result)
    }

    /// Adds a handler while the bus is in use: see [`Subscriber`] for what can be one. It sees the
    /// events that are published from now on.
    pub fn subscribe<E: DomainEvent, M, S: Subscriber<E, M>>(&self, subscriber: S) -> Subscription {
        let Subscribed(call) = subscriber.subscribed();
        let name = HandlerName::from_static(type_name::<S>());
        let type_id = TypeId::of::<E>();
        let number = self.table.subscribe(type_id, name.clone(), call);
        Subscription::new(&self.table, type_id, number, name)
    }

    /// How often each handler was called since the bus was built, and with what result.
    #[must_use]
    pub fn handler_stats(&self) -> BTreeMap<HandlerName, HandlerStats> {
        self.table.stats()
    }

    /// The names of the handlers that were added at run time, oldest first.
    #[must_use]
    pub fn subscriptions(&self) -> Vec<HandlerName> {
        self.table.subscriptions()
    }
}

/// Counts a call that has ended.
fn entry_done(delivery: &mut Delivery, entry: &Entry, metadata: &EventMetadata, result: HandlerResult) {
    entry.count(&result);
    settle(delivery, &entry.name, metadata, result);
}

/// A call that waits for something.
struct UnderWay<'c> {
    invocation: Invocation<'c>,
    limit: Duration,
}

impl UnderWay<'_> {
    async fn finish(mut self, deliver: &Deliver<'_>) -> HandlerResult {
        let result = invoke_async(&mut self.invocation, self.limit).await;
        commit_emitted(deliver, result, self.invocation.into_scope()).await
    }
}

/// What a handler has emitted is committed when it has succeeded, and dropped when it has failed:
/// the next attempt emits it again.
async fn commit_emitted(deliver: &Deliver<'_>, result: HandlerResult, scope: Scope) -> HandlerResult {
    match (result, scope.cause, scope.emitted) {
        (Ok(outcome), Some(cause), Some(emitted)) if !emitted.events.is_empty() && outcome.is_success() => {
            deliver.after.commit(cause, emitted).await.map(|()| outcome)
        }
        (result, ..) => result,
    }
}

impl fmt::Debug for AsyncEventBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncEventBus").field("subscriptions", &self.subscriptions()).finish_non_exhaustive()
    }
}
