//! What is wrapped around every call of a handler: logging, timing, permission.
//!
//! The first one added is the outermost. A middleware that doesn't call `next` keeps the handler
//! from being called; what it answers counts as the handler's answer.

use std::sync::Arc;

use super::table::{Begun, Entry};
use crate::handler::{BoxFuture, EventContext, HandlerResult};

/// Wraps the calls of an [`AsyncEventBus`](crate::AsyncEventBus) or an
/// [`EventDispatcher`](crate::EventDispatcher). Made from a closure by [`from_fn`].
///
/// ```
/// use events::bus::{Middleware, Next};
/// use events::handler::{BoxFuture, HandlerResult};
/// use events::{EventContext, prelude::*};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
///
/// /// Handlers are called for one customer only.
/// struct Only(events::Tenant);
///
/// impl Middleware for Only {
///     fn handle<'c>(&'c self, context: &'c EventContext<'_>, next: Next<'c>) -> BoxFuture<'c, HandlerResult> {
///         match context.metadata().tenant() {
///             Some(tenant) if *tenant == self.0 => next.run(context),
///             _ => Box::pin(async { Err(HandlerError::permanent("not our customer")) }),
///         }
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let bus = AsyncEventBus::builder().handlers(HandlerRegistry::none()).middleware(Only("acme".into())).build()?;
/// bus.subscribe(|_: &Ping| {});
/// assert_eq!(bus.publish(Ping).await.failures().len(), 1);
/// assert_eq!(bus.publish_with(Ping, &Context::new().with_tenant("acme")).await.handled(), 1);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no middleware",
    label = "needs `Middleware`",
    note = "wrap a closure in `from_fn(|context, next| Box::pin(async move {{ next.run(context).await }}))`, or write `impl Middleware for {Self}`"
)]
pub trait Middleware: Send + Sync + 'static {
    /// Calls `next`, or doesn't.
    fn handle<'c>(&'c self, context: &'c EventContext<'_>, next: Next<'c>) -> BoxFuture<'c, HandlerResult>;
}

/// The rest of the chain, the handler at its end.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use events::bus::from_fn;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // Nobody wants to hear of what won't pass anyway.
/// let quiet = from_fn(|context, next| {
///     Box::pin(async move {
///         match next.run(context).await {
///             Err(error) if error.class() == Class::Permanent => Ok(()),
///             result => result,
///         }
///     })
/// });
/// let bus = AsyncEventBus::builder().handlers(HandlerRegistry::none()).middleware(quiet).build()?;
/// bus.subscribe(|_: &Ping| Err::<(), _>(HandlerError::permanent("no such mailbox")));
/// assert!(bus.publish(Ping).await.failures().is_empty());
/// # Ok(())
/// # }
/// ```
pub struct Next<'c> {
    pub(crate) rest: &'c [Arc<dyn Middleware>],
    pub(crate) entry: &'c Entry,
}

impl<'c> Next<'c> {
    /// Goes on.
    pub fn run(self, context: &'c EventContext<'_>) -> BoxFuture<'c, HandlerResult> {
        match self.rest.split_first() {
            Some((first, rest)) => first.handle(context, Next { rest, entry: self.entry }),
            None => match self.entry.begin(context) {
                Begun::Sync(call) => Box::pin(async move { call(context) }),
                Begun::Async(future) => future,
            },
        }
    }
}

/// A closure as a [`Middleware`]; see [`from_fn`].
pub struct MiddlewareFn<F>(F);

/// Makes a middleware of a closure.
///
/// ```
/// use events::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(no_stream)]
/// struct Ping;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let bus = AsyncEventBus::builder()
///     .handlers(HandlerRegistry::none())
///     .middleware(events::bus::from_fn(|context, next| {
///         Box::pin(async move {
///             let started = std::time::Instant::now();
///             let result = next.run(context).await;
///             println!("{} took {:?}", context.handler(), started.elapsed());
///             result
///         })
///     }))
///     .build()
///     .unwrap();
/// bus.subscribe(|_: &Ping| {});
/// assert_eq!(bus.publish(Ping).await.handled(), 1);
/// # }
/// ```
#[must_use]
pub fn from_fn<F>(middleware: F) -> MiddlewareFn<F>
where
    F: for<'c> Fn(&'c EventContext<'_>, Next<'c>) -> BoxFuture<'c, HandlerResult> + Send + Sync + 'static,
{
    MiddlewareFn(middleware)
}

impl<F> Middleware for MiddlewareFn<F>
where
    F: for<'c> Fn(&'c EventContext<'_>, Next<'c>) -> BoxFuture<'c, HandlerResult> + Send + Sync + 'static,
{
    fn handle<'c>(&'c self, context: &'c EventContext<'_>, next: Next<'c>) -> BoxFuture<'c, HandlerResult> {
        (self.0)(context, next)
    }
}

/// Wraps the calls of an [`EventBus`](crate::EventBus). Any closure of that shape is one.
///
/// ```
/// use events::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(no_stream)]
/// struct Ping;
///
/// let bus = EventBus::builder()
///     .handlers(HandlerRegistry::none())
///     .middleware(|context: &events::EventContext<'_>, next: events::bus::SyncNext<'_>| {
///         println!("calling {}", context.handler());
///         next.run(context)
///     })
///     .build()
///     .unwrap();
/// bus.subscribe(|_: &Ping| {});
/// assert_eq!(bus.publish(&Ping).handled(), 1);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no middleware of an `EventBus`",
    label = "needs `SyncMiddleware`",
    note = "write a closure `|context: &EventContext<'_>, next: SyncNext<'_>| next.run(context)`, or `impl SyncMiddleware for {Self}`"
)]
pub trait SyncMiddleware: Send + Sync + 'static {
    /// Calls `next`, or doesn't.
    ///
    /// # Errors
    /// The handler's failure, or the middleware's own.
    fn handle(&self, context: &EventContext<'_>, next: SyncNext<'_>) -> HandlerResult;
}

#[diagnostic::do_not_recommend]
impl<F> SyncMiddleware for F
where
    F: Fn(&EventContext<'_>, SyncNext<'_>) -> HandlerResult + Send + Sync + 'static,
{
    fn handle(&self, context: &EventContext<'_>, next: SyncNext<'_>) -> HandlerResult {
        self(context, next)
    }
}

/// The rest of the chain, the handler at its end.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use events::EventContext;
/// use events::bus::SyncNext;
///
/// let dry_run = |context: &EventContext<'_>, next: SyncNext<'_>| {
///     if context.metadata().headers().contains_key("dry-run") { Ok(()) } else { next.run(context) }
/// };
/// let bus = EventBus::builder().handlers(HandlerRegistry::none()).middleware(dry_run).build().unwrap();
/// bus.subscribe(|_: &Ping| Err::<(), _>("called"));
/// assert!(bus.publish_with(&Ping, &Context::new().with_header("dry-run", "yes")).failures().is_empty());
/// assert_eq!(bus.publish(&Ping).failures().len(), 1);
/// ```
pub struct SyncNext<'c> {
    pub(crate) rest: &'c [Arc<dyn SyncMiddleware>],
    pub(crate) entry: &'c Entry,
}

impl SyncNext<'_> {
    /// Goes on.
    ///
    /// # Errors
    /// The handler's failure.
    pub fn run(self, context: &EventContext<'_>) -> HandlerResult {
        match self.rest.split_first() {
            Some((first, rest)) => first.handle(context, SyncNext { rest, entry: self.entry }),
            None => self.entry.call_sync(context).unwrap_or(Ok(())),
        }
    }
}
