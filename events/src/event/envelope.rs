//! An event together with its metadata.

use std::fmt;
use std::ops::Deref;

use super::{DomainEvent, EventMetadata};

/// A view of an event and its metadata; what a handler takes when it wants both in one value.
///
/// It derefs to the event, so `envelope.email` works.
///
/// ```
/// use events::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(no_stream)]
/// struct Ping { hops: u8 }
///
/// #[event_handler]
/// fn pong(ping: &Envelope<Ping>) {
///     assert!(ping.hops == 0 && ping.metadata().causation_id().is_none());
/// }
/// # EventBus::builder().handlers(HandlerRegistry::only(handlers![pong])).build().unwrap().publish(&Ping { hops: 0 });
/// ```
pub struct Envelope<'a, E> {
    event: &'a E,
    metadata: &'a EventMetadata,
}

impl<'a, E> Envelope<'a, E> {
    /// Puts the two together.
    #[must_use]
    pub const fn new(event: &'a E, metadata: &'a EventMetadata) -> Self {
        Self { event, metadata }
    }

    /// The event.
    #[must_use]
    pub const fn event(&self) -> &'a E {
        self.event
    }

    /// What is known about this occurrence of the event.
    #[must_use]
    pub const fn metadata(&self) -> &'a EventMetadata {
        self.metadata
    }
}

impl<E> Clone for Envelope<'_, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Envelope<'_, E> {}

impl<E> Deref for Envelope<'_, E> {
    type Target = E;

    fn deref(&self) -> &E {
        self.event
    }
}

/// Shows ids and names, never the event's data.
impl<E: DomainEvent> fmt::Debug for Envelope<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope").field("metadata", self.metadata).finish_non_exhaustive()
    }
}
