//! The type-erased twin of [`DomainEvent`].

use std::any::Any;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{DomainEvent, EncodeError, EventDescriptor, Payload};
use crate::id::StreamId;

/// A [`DomainEvent`] whose type is known at run time only. Implemented for every event, and for
/// nothing else.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(aggregate = "counter")]
/// # struct Counted { #[event(id)] counter: u64, by: u32 }
/// use events::event::ErasedEvent;
///
/// fn line(event: &dyn ErasedEvent) -> String {
///     let data = event.encode().map_or_else(|error| error.to_string(), |data| data.as_json().to_owned());
///     format!("{} {data}", event.descriptor().name())
/// }
///
/// assert_eq!(line(&Counted { counter: 7, by: 3 }), r#"counted {"counter":7,"by":3}"#);
/// ```
pub trait ErasedEvent: Any + Send + Sync + sealed::Sealed {
    /// What is known about its type.
    fn descriptor(&self) -> &'static EventDescriptor;

    /// The stream it belongs to, or `None` if it is a stream of its own.
    fn stream(&self) -> Option<StreamId>;

    /// When it happened, if it says so itself.
    fn occurred_at(&self) -> Option<DateTime<Utc>>;

    /// The event as JSON.
    ///
    /// # Errors
    /// If its `Serialize` implementation fails.
    fn encode(&self) -> Result<Payload, EncodeError>;

    /// The event as [`Any`], to find its type again.
    fn as_any(&self) -> &(dyn Any + Send + Sync);

    /// The shared event as [`Any`], to find its type again.
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

mod sealed {
    pub trait Sealed {}
    impl<E: super::DomainEvent> Sealed for E {}
}

impl<E: DomainEvent> ErasedEvent for E {
    fn descriptor(&self) -> &'static EventDescriptor {
        E::DESCRIPTOR
    }

    fn stream(&self) -> Option<StreamId> {
        DomainEvent::stream(self)
    }

    fn occurred_at(&self) -> Option<DateTime<Utc>> {
        DomainEvent::occurred_at(self)
    }

    fn encode(&self) -> Result<Payload, EncodeError> {
        Payload::encode(self)
    }

    fn as_any(&self) -> &(dyn Any + Send + Sync) {
        self
    }

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}
