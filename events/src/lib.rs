//! Domain events for Rust.

#![cfg_attr(docsrs, feature(doc_cfg))]

// Generated code names `::events::…`, in this crate too.
extern crate self as events;

mod hash;
mod text;

pub mod bus;
pub mod catalog;
pub mod clock;
pub mod commit;
pub mod dead_letter;
pub mod dispatcher;
pub mod error;
pub mod event;
pub mod handler;
pub mod id;
#[cfg(feature = "nutrition")]
pub mod nutrition;
pub mod prelude;
pub mod sourcing;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use bus::{AsyncEventBus, EventBus, Subscription};
pub use catalog::{Catalog, HandlerRegistry, Problem, StartError, catalog};
pub use commit::{CommitStatus, Receipt};
pub use dead_letter::{Audit, DeadLetterQueue, Retention};
pub use dispatcher::{EventDispatcher, emit, publish, publish_blocking};
pub use error::{BoxError, Error, ErrorKind};
pub use event::{
    Cause, Context, DecodeError, DomainEvent, Envelope, EventDescriptor, EventMetadata, EventType, InCause,
    RecordedEvent,
};
#[cfg(feature = "macros")]
pub use events_macros::{DomainEvent, aggregate, event_handler};
pub use handler::{
    AsyncEventHandler, Attempt, Class, Classify, Delivery, Disposition, EventContext, EventHandler, ExtractError,
    FromContext, HandlerError, HandlerFailure, IdempotencyKey, Outcome, RetryPolicy, State, Subscriber, SyncSubscriber,
};
pub use id::{
    Actor, AggregateId, AggregateName, CorrelationId, EventId, EventName, HandlerName, Position, SchemaVersion,
    StreamId, StreamKey, Tenant, Version,
};
pub use sourcing::{Aggregate, AggregateHandle, AggregateRoot, EventSourcing, ExecuteError, IntoEvents};
pub use store::EventStore;
