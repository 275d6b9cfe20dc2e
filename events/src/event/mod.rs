//! Events: what they are, what is known about each of them, and how they are read back.
//!
//! An event is a plain struct with `#[derive(DomainEvent)]`. Its identity is the pair of its name
//! and its schema version; both outlive the Rust type. What belongs to one occurrence, and not to
//! the type, is its [`EventMetadata`].

mod cause;
mod codec;
mod context;
mod data;
mod descriptor;
mod envelope;
mod erased;
mod metadata;
mod recorded;
pub(crate) mod shape;
mod shareable;

pub use cause::{Cause, InCause, InCurrentCause};
pub use codec::{DecodeError, DecodeReason, EncodeError, Payload, Storable};
pub use context::Context;
pub use data::EventData;
pub use descriptor::{EventDescriptor, EventSpec, EventType, FieldDescriptor, FieldRole, SourceLocation};
pub use envelope::Envelope;
pub use erased::ErasedEvent;
pub use metadata::{EventMetadata, MetadataParts, Recording, TraceContext};
pub use recorded::RecordedEvent;
pub use shape::{EventShape, Shape, Shapes};
pub use shareable::Shareable;

pub(crate) use cause::{Emitted, Scope, collecting, current, scoped};
pub(crate) use codec::decode_json;

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::id::{AggregateId, SchemaVersion, StreamId};

/// A fact that has happened, named in the past tense.
///
/// Derive it; the derive also registers the event, so that it can be found and listed at run time.
///
/// ```
/// use events::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
/// #[event(aggregate = "user")]
/// struct UserRegistered {
///     #[event(id)]
///     user_id: Uuid,
///     email: String,
/// }
///
/// assert_eq!(UserRegistered::DESCRIPTOR.name(), "user_registered");
/// assert_eq!(UserRegistered::DESCRIPTOR.aggregate(), Some("user"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a domain event",
    label = "needs `DomainEvent`",
    note = "an event is a struct with `#[derive(Serialize, Deserialize, DomainEvent)]` and `#[event(…)]`"
)]
pub trait DomainEvent: Storable + Shareable {
    /// The type of the aggregate's id; [`EventId`](crate::EventId) for an event without a stream.
    type Id: AggregateId;

    /// What is known about the event type.
    const DESCRIPTOR: &'static EventDescriptor;

    /// The id of the aggregate it belongs to; `None` for an event that is a stream of its own.
    fn aggregate_id(&self) -> Option<&Self::Id>;

    /// When it happened, if the event itself says so (`#[event(occurred_at)]`).
    fn occurred_at(&self) -> Option<DateTime<Utc>> {
        None
    }

    /// Reads an event of this name that was written with the given schema version.
    ///
    /// # Errors
    /// If the version is newer than this type, or the data doesn't fit.
    fn decode(version: SchemaVersion, data: &str) -> Result<Self, DecodeError>;

    #[doc(hidden)]
    fn __erased(&self) -> &dyn ErasedEvent {
        self
    }

    #[doc(hidden)]
    fn __into_erased(self) -> Arc<dyn ErasedEvent> {
        Arc::new(self)
    }

    /// The stream it belongs to, or `None` for an event that is a stream of its own.
    fn stream(&self) -> Option<StreamId> {
        let aggregate = Self::DESCRIPTOR.aggregate()?;
        let id = self.aggregate_id()?;
        Some(StreamId::new(crate::id::AggregateName::from_static(aggregate), id))
    }
}
