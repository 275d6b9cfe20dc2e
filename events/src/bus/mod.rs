//! Handing an event to its handlers, in this process and now.
//!
//! [`EventBus`] is synchronous: no runtime, the event is lent, nothing is allocated. On
//! [`AsyncEventBus`] sync and async handlers run side by side, up to a limit. Both stand on one
//! table of handlers, frozen when the bus is built, and a second one for what is subscribed later.
//!
//! A bus keeps nothing: an event without a handler is gone, and a failure is in the [`Delivery`]
//! that `publish` answers with. Handlers of a higher priority come first; those of equal priority
//! run concurrently on an [`AsyncEventBus`], in the order of their names on an [`EventBus`]. What was
//! subscribed at run time has priority 0 and comes after the registered handlers of that priority.
//! A handler that panics, fails or takes too long touches no other one. With `panic = "abort"` a
//! panic ends the process, as it always does then. Handlers that publish each other's events in a
//! circle are stopped when 64 of them are at work above each other: those beyond have failed.
//!
//! [`Delivery`]: crate::Delivery

mod asynchronous;
mod builder;
mod deliver;
mod middleware;
mod subscription;
mod sync;
mod table;

pub use asynchronous::AsyncEventBus;
pub use builder::{AsyncEventBusBuilder, EventBusBuilder};
pub use middleware::{Middleware, MiddlewareFn, Next, SyncMiddleware, SyncNext, from_fn};
pub use subscription::Subscription;
pub use sync::EventBus;
pub use table::HandlerStats;

pub(crate) use builder::{Parts, Settings};
pub(crate) use deliver::{AfterCall, Deliver};
pub(crate) use table::{Entry, Table};
