//! What most programs import: `use events::prelude::*;`.
//!
//! It has no serde: a program derives `Serialize` and `Deserialize` from its own dependency.

pub use crate::bus::{AsyncEventBus, EventBus, Subscription};
pub use crate::catalog::HandlerRegistry;
pub use crate::commit::Receipt;
pub use crate::dead_letter::{Audit, DeadLetterQueue, LetterQuery, LetterStatus};
pub use crate::dispatcher::EventDispatcher;
pub use crate::event::{Context, DomainEvent, Envelope, EventMetadata, EventShape, EventType, InCause, RecordedEvent};
pub use crate::handler::{
    AsyncEventHandler, Attempt, Class, Classify, EventHandler, HandlerError, IdempotencyKey, Outcome, RetryPolicy,
    State, Tx,
};
pub use crate::handlers;
pub use crate::id::{AggregateId, EventId, StreamId, StreamKey, Version};
pub use crate::sourcing::{Aggregate, AggregateRoot, EventSourcing, ExecuteError, IntoEvents};
pub use crate::store::EventStore;

#[cfg(feature = "macros")]
pub use events_macros::{DomainEvent, EventShape, aggregate, event_handler, when};
pub use uuid::Uuid;
