//! What can be subscribed at run time: handlers, closures and functions.

use std::future::Future;
use std::sync::Arc;

use super::{AsyncEventHandler, BoxFuture, EventContext, EventHandler, HandlerError, HandlerResult, IntoHandlerResult};
use crate::event::{DomainEvent, EventMetadata};

/// How a handler that was subscribed at run time is called.
#[derive(Clone)]
pub(crate) enum DynamicCall {
    Sync(Arc<SyncCall>),
    Async(Arc<AsyncCall>),
}

type SyncCall = dyn Fn(&EventContext<'_>) -> HandlerResult + Send + Sync;
type AsyncCall = dyn for<'c> Fn(&'c EventContext<'_>) -> BoxFuture<'c, HandlerResult> + Send + Sync;

/// A subscriber in the form that a bus keeps.
pub struct Subscribed(pub(crate) DynamicCall);

/// What [`AsyncEventBus::subscribe`](crate::AsyncEventBus::subscribe) takes:
///
/// - a value that implements [`EventHandler`] or [`AsyncEventHandler`],
/// - `|event: &E| …` and `|event: &E, metadata: &EventMetadata| …`,
/// - an `async fn(&E)` or `async fn(&E, &EventMetadata)` by its name,
/// - `move |event: Arc<E>| async move { … }`, because an async closure that borrows the event and
///   captures something can't be named on stable Rust.
///
/// ```
/// use std::sync::Arc;
/// use events::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(no_stream)]
/// struct Ping;
///
/// async fn named(_: &Ping) {}
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let bus = AsyncEventBus::builder().handlers(HandlerRegistry::none()).build().unwrap();
/// bus.subscribe(|_: &Ping| {});
/// bus.subscribe(|_: &Ping, metadata: &EventMetadata| println!("{}", metadata.event_id()));
/// bus.subscribe(named);
/// bus.subscribe(move |_: Arc<Ping>| async move { Ok::<_, std::io::Error>(()) });
/// assert_eq!(bus.publish(Ping).await.handled(), 4);
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be subscribed",
    label = "no subscriber",
    note = "subscribe `|event: &E| …`, `|event: &E, metadata: &EventMetadata| …`, a named `async fn(&E)`, `move |event: Arc<E>| async move {{ … }}`, or a value that implements `EventHandler<E>` or `AsyncEventHandler<E>`",
    note = "`E` is an event and written out in a closure; the answer is `()`, a `Result` with an error or a text, or an `Outcome`; an async handler's future is `Send`"
)]
pub trait Subscriber<E: DomainEvent, Marker>: Send + Sync + Sized + 'static {
    /// The form that a bus keeps.
    #[doc(hidden)]
    fn subscribed(self) -> Subscribed;
}

/// A [`Subscriber`] that needs no runtime: what [`EventBus::subscribe`](crate::EventBus::subscribe) takes.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use events::SyncSubscriber;
///
/// /// Part of an application that many closures are handed to.
/// fn listen<M>(bus: &EventBus, subscriber: impl SyncSubscriber<Ping, M>) {
///     bus.subscribe(subscriber);
/// }
///
/// let bus = EventBus::builder().handlers(HandlerRegistry::none()).build().unwrap();
/// listen(&bus, |_: &Ping, metadata: &EventMetadata| assert_eq!(metadata.name(), &"ping"));
/// assert_eq!(bus.publish(&Ping).handled(), 1);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be subscribed to an `EventBus`",
    label = "no sync subscriber",
    note = "subscribe `|event: &E| …`, `|event: &E, metadata: &EventMetadata| …`, or a value that implements `EventHandler<E>`; async handlers need an `AsyncEventBus` or an `EventDispatcher`",
    note = "`E` is an event and written out in a closure; the answer is `()`, a `Result` with an error or a text, or an `Outcome`"
)]
pub trait SyncSubscriber<E: DomainEvent, Marker>: Subscriber<E, Marker> {}

fn sync_call<F>(call: F) -> Subscribed
where
    F: Fn(&EventContext<'_>) -> HandlerResult + Send + Sync + 'static,
{
    Subscribed(DynamicCall::Sync(Arc::new(call)))
}

fn async_call<F>(call: F) -> Subscribed
where
    F: for<'c> Fn(&'c EventContext<'_>) -> BoxFuture<'c, HandlerResult> + Send + Sync + 'static,
{
    Subscribed(DynamicCall::Async(Arc::new(call)))
}

/// Marks values that implement [`EventHandler`].
pub struct ByValue;

impl<E: DomainEvent, H: EventHandler<E>> Subscriber<E, ByValue> for H {
    fn subscribed(self) -> Subscribed {
        sync_call(move |context| {
            let event = context.event::<E>().map_err(HandlerError::permanent)?;
            self.handle(event, context.metadata()).into_handler_result()
        })
    }
}

impl<E: DomainEvent, H: EventHandler<E>> SyncSubscriber<E, ByValue> for H {}

/// Marks values that implement [`AsyncEventHandler`].
pub struct ByAsyncValue;

impl<E: DomainEvent, H: AsyncEventHandler<E>> Subscriber<E, ByAsyncValue> for H {
    fn subscribed(self) -> Subscribed {
        let this = Arc::new(self);
        async_call(move |context| {
            let this = Arc::clone(&this);
            Box::pin(async move {
                let event = context.event::<E>().map_err(HandlerError::permanent)?;
                this.handle(event, context.metadata()).await.into_handler_result()
            })
        })
    }
}

impl<E, R, F> Subscriber<E, fn(&E) -> R> for F
where
    E: DomainEvent,
    R: IntoHandlerResult + 'static,
    F: Fn(&E) -> R + Send + Sync + 'static,
{
    fn subscribed(self) -> Subscribed {
        sync_call(move |context| {
            let event = context.event::<E>().map_err(HandlerError::permanent)?;
            self(event).into_handler_result()
        })
    }
}

impl<E, R, F> SyncSubscriber<E, fn(&E) -> R> for F
where
    E: DomainEvent,
    R: IntoHandlerResult + 'static,
    F: Fn(&E) -> R + Send + Sync + 'static,
{
}

impl<E, R, F> Subscriber<E, fn(&E, &EventMetadata) -> R> for F
where
    E: DomainEvent,
    R: IntoHandlerResult + 'static,
    F: Fn(&E, &EventMetadata) -> R + Send + Sync + 'static,
{
    fn subscribed(self) -> Subscribed {
        sync_call(move |context| {
            let event = context.event::<E>().map_err(HandlerError::permanent)?;
            self(event, context.metadata()).into_handler_result()
        })
    }
}

impl<E, R, F> SyncSubscriber<E, fn(&E, &EventMetadata) -> R> for F
where
    E: DomainEvent,
    R: IntoHandlerResult + 'static,
    F: Fn(&E, &EventMetadata) -> R + Send + Sync + 'static,
{
}

/// Marks `move |event: Arc<E>| async move { … }`.
pub struct ByArc;

impl<E, F, Fut> Subscriber<E, (ByArc, Fut)> for F
where
    E: DomainEvent,
    F: Fn(Arc<E>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: IntoHandlerResult> + Send + 'static,
{
    fn subscribed(self) -> Subscribed {
        let this = Arc::new(self);
        async_call(move |context| {
            let this = Arc::clone(&this);
            Box::pin(async move {
                let event = context.shared_event::<E>().map_err(HandlerError::permanent)?;
                this(event).await.into_handler_result()
            })
        })
    }
}

/// A function whose future borrows its argument: `async fn(&E)`.
pub trait AsyncFn1<A>: Fn(A) -> Self::Future + Send + Sync + 'static {
    /// What the function returns.
    type Future: Future<Output: IntoHandlerResult> + Send;
}

impl<A, F, Fut> AsyncFn1<A> for F
where
    F: Fn(A) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: IntoHandlerResult> + Send,
{
    type Future = Fut;
}

/// A function whose future borrows its arguments: `async fn(&E, &EventMetadata)`.
pub trait AsyncFn2<A, B>: Fn(A, B) -> Self::Future + Send + Sync + 'static {
    /// What the function returns.
    type Future: Future<Output: IntoHandlerResult> + Send;
}

impl<A, B, F, Fut> AsyncFn2<A, B> for F
where
    F: Fn(A, B) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: IntoHandlerResult> + Send,
{
    type Future = Fut;
}

/// Marks an `async fn(&E)`.
pub struct ByAsyncFn;

impl<E, F> Subscriber<E, ByAsyncFn> for F
where
    E: DomainEvent,
    F: for<'a> AsyncFn1<&'a E>,
{
    fn subscribed(self) -> Subscribed {
        let this = Arc::new(self);
        async_call(move |context| {
            let this = Arc::clone(&this);
            Box::pin(async move {
                let event = context.event::<E>().map_err(HandlerError::permanent)?;
                this(event).await.into_handler_result()
            })
        })
    }
}

/// Marks an `async fn(&E, &EventMetadata)`.
pub struct ByAsyncFnWithMetadata;

impl<E, F> Subscriber<E, ByAsyncFnWithMetadata> for F
where
    E: DomainEvent,
    F: for<'a> AsyncFn2<&'a E, &'a EventMetadata>,
{
    fn subscribed(self) -> Subscribed {
        let this = Arc::new(self);
        async_call(move |context| {
            let this = Arc::clone(&this);
            Box::pin(async move {
                let event = context.event::<E>().map_err(HandlerError::permanent)?;
                this(event, context.metadata()).await.into_handler_result()
            })
        })
    }
}
