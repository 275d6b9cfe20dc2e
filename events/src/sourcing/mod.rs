//! Event sourcing: state is a fold over events.
//!
//! An [`Aggregate`] is a type whose state is only ever changed by its `#[when]` methods. Commands
//! look at the state and answer with events; the repository, [`EventSourcing`], loads, decides,
//! appends under the version it has seen, and begins again when another writer was faster.

mod aggregate;
mod into_events;

pub use aggregate::{Aggregate, AggregateDescriptor, AggregateEvent, AggregateSpec};
pub use into_events::IntoEvents;
