//! The names and numbers of the framework, each a type of its own.
//!
//! Nothing here checks lengths: what goes into a store is checked once, where it enters
//! ([`EventStore::append`](crate::store::EventStore::append)), so that a name can be a plain
//! literal everywhere else.

mod event_id;
mod name;
mod number;
mod stream;

pub use event_id::{CorrelationId, EventId};
pub use name::{Actor, AggregateName, EventName, HandlerName, ProcessId, Tenant};
pub use number::{Position, SchemaVersion, Version};
pub use stream::{AggregateId, StreamId, StreamKey};
