//! Handlers: functions that are called with an event.
//!
//! A handler takes the event first and then whatever it needs, by type, as in a web framework:
//! the metadata, a state, the dispatcher. It returns nothing, a `Result`, or an [`Outcome`]. One
//! handler's failure, panic or time-out touches no other handler.

mod context;
mod durable;
mod error;
mod extract;
mod invoke;
mod outcome;
mod policy;
mod receipt;
mod registration;
mod replay;
mod state;
mod stopwatch;
mod subscriber;
mod transaction;

pub use context::EventContext;
pub use durable::{BeginsAt, DurableSpec, OnExhausted, Order};
pub use error::{Class, Classify, ErrorReport, HandlerError};
pub use extract::{Attempt, ExtractError, FromContext, IdempotencyKey, Requirement, State};
pub use outcome::{Classified, HandlerResult, IntoHandlerResult, Outcome, ViaClassify, ViaInto};
pub use policy::RetryPolicy;
pub use receipt::{Delivery, Disposition, HandlerFailure};
pub use registration::{Call, EventSelector, HandlerItem, HandlerRegistration, HandlerSpec};
pub use replay::Replay;
pub use subscriber::{Subscribed, Subscriber, SyncSubscriber};
pub use transaction::Tx;

pub(crate) use context::{BatchedEvent, Surroundings};
pub(crate) use invoke::{Invocation, invoke_async, invoke_sync, panicked, poll_call, settle};
pub(crate) use state::StateMap;
pub(crate) use stopwatch::{Blocks, Stopwatch, timed};
pub(crate) use subscriber::DynamicCall;
pub(crate) use transaction::{ConnectionSlot, LendConnection};

use std::future::Future;
use std::pin::Pin;

use crate::event::{DomainEvent, EventMetadata};

/// A boxed future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A value that handles one type of event; for handlers with parts of their own.
///
/// With `#[event_handler]` on the impl block it registers itself, and the value comes from
/// `.state(…)`; without, pass the value to `subscribe`.
///
/// ```
/// use events::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(no_stream)]
/// struct Ping;
///
/// struct Counter(std::sync::atomic::AtomicU32);
///
/// impl EventHandler<Ping> for Counter {
///     fn handle(&self, _: &Ping, _: &EventMetadata) -> Result<(), HandlerError> {
///         self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
///         Ok(())
///     }
/// }
///
/// let bus = EventBus::builder().handlers(HandlerRegistry::none()).build().unwrap();
/// bus.subscribe(Counter(Default::default()));
/// assert_eq!(bus.publish(&Ping).handled(), 1);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` doesn't handle `{E}`",
    label = "needs `EventHandler<{E}>`",
    note = "write `impl EventHandler<{E}> for {Self}`"
)]
pub trait EventHandler<E: DomainEvent>: Send + Sync + 'static {
    /// Handles one event.
    ///
    /// # Errors
    /// Any error; `?` turns it into a [`HandlerError`].
    fn handle(&self, event: &E, metadata: &EventMetadata) -> Result<(), HandlerError>;
}

/// The async twin of [`EventHandler`].
///
/// ```
/// use events::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(no_stream)]
/// struct Ping;
///
/// struct Gateway;
///
/// impl AsyncEventHandler<Ping> for Gateway {
///     async fn handle(&self, _: &Ping, _: &EventMetadata) -> Result<(), HandlerError> {
///         Ok(())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let bus = AsyncEventBus::builder().handlers(HandlerRegistry::none()).build().unwrap();
/// bus.subscribe(Gateway);
/// assert_eq!(bus.publish(Ping).await.handled(), 1);
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` doesn't handle `{E}`",
    label = "needs `AsyncEventHandler<{E}>`",
    note = "write `impl AsyncEventHandler<{E}> for {Self}` with `async fn handle`"
)]
pub trait AsyncEventHandler<E: DomainEvent>: Send + Sync + 'static {
    /// Handles one event.
    fn handle(&self, event: &E, metadata: &EventMetadata) -> impl Future<Output = Result<(), HandlerError>> + Send;
}
