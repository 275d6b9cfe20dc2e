//! What is registered: found at link time, selected, checked and listed.
//!
//! Link-time registration has one weakness: a crate that nothing names is left out by the linker,
//! and its handlers with it. So what is registered can be listed ([`catalog`]), chosen by name
//! ([`HandlerRegistry`]), and every mistake that can be seen at start is reported then, all at
//! once ([`StartError`]).

mod linked;
mod listing;
mod registry;
mod validate;

pub use linked::{RegisteredAggregate, RegisteredEvent, RegisteredHandler};
pub use listing::{Catalog, catalog};
pub use registry::HandlerRegistry;
pub use validate::{Problem, StartError};

pub(crate) use validate::{Host, check};
