//! What is registered: found at link time, selected, checked and listed.

mod linked;

pub use linked::{RegisteredAggregate, RegisteredEvent, RegisteredHandler};
