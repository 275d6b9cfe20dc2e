//! The dispatcher: the one way in, and everything behind it.
//!
//! An [`EventDispatcher`] records events and calls their handlers. `publish` returns when the
//! events are durable and the inline handlers have had their first call; a handler that fails
//! there leaves a letter and is called again in the background, if the dispatcher was started.
//!
//! What happens when…
//!
//! - *the store refuses a commit*: an error, nothing is recorded, nobody is called.
//! - *a handler fails, panics or takes too long*: the receipt says so; the other handlers and the
//!   publisher's result are not touched.
//! - *the future of a publish is dropped*: before its first poll nothing has happened; later the
//!   commit and the calls go on in the background.
//! - *the process dies right after a commit*: the events are there; inline calls that had not
//!   ended are not made again. A call that had failed is, by its letter.
//! - *the dispatcher shuts down*: new commits are refused, those under way are waited for, up to a
//!   deadline; letters stay in the store. Calls of durable handlers that don't end by then are cut off,
//!   and made again by whoever runs the handler next.

mod activity;
mod attempt;
mod batch;
mod blocking;
mod builder;
mod committing;
mod dead;
mod detached;
mod durable;
mod durable_calls;
mod emit;
mod extract;
mod facade;
mod global;
mod held_back;
mod inner;
#[cfg(feature = "postgres")]
mod joined;
mod letter_news;
mod passed;
mod process_name;
#[cfg(feature = "testing")]
mod replay;
mod requests;
mod settled;
mod shutdown;
mod stats;
mod worker;

pub use batch::EventBatch;
pub use builder::EventDispatcherBuilder;
pub use emit::emit;
pub use facade::EventDispatcher;
pub use global::{global, publish, publish_blocking};
pub use settled::{ParkedEvent, Settled};
pub use shutdown::ShutdownReport;
pub use stats::DispatcherStats;

#[cfg(feature = "testing")]
pub(crate) use replay::replay;
