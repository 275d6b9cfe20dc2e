//! What the macros have registered at link time.

use crate::event::{EventDescriptor, SourceLocation};
use crate::handler::HandlerRegistration;
use crate::sourcing::AggregateDescriptor;

/// An event type, as the derive registers it.
pub struct RegisteredEvent(pub &'static EventDescriptor);

/// A handler, as the attribute registers it.
pub struct RegisteredHandler(pub &'static HandlerRegistration);

/// An aggregate, as the attribute registers it.
pub struct RegisteredAggregate(pub &'static AggregateDescriptor);

/// A crate that the program names, so that the linker keeps it; registered by [`link!`](crate::link).
pub struct RegisteredLink {
    name: &'static str,
    location: SourceLocation,
}

impl RegisteredLink {
    /// A crate, by the name that the program knows it by, and where it is named.
    #[must_use]
    pub const fn new(name: &'static str, location: SourceLocation) -> Self {
        Self { name, location }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn location(&self) -> SourceLocation {
        self.location
    }
}

#[cfg(feature = "inventory")]
mod collected {
    use super::{RegisteredAggregate, RegisteredEvent, RegisteredHandler, RegisteredLink};

    inventory::collect!(RegisteredEvent);
    inventory::collect!(RegisteredHandler);
    inventory::collect!(RegisteredAggregate);
    inventory::collect!(RegisteredLink);

    pub(crate) fn events() -> impl Iterator<Item = &'static RegisteredEvent> {
        inventory::iter::<RegisteredEvent>.into_iter()
    }

    pub(crate) fn handlers() -> impl Iterator<Item = &'static RegisteredHandler> {
        inventory::iter::<RegisteredHandler>.into_iter()
    }

    pub(crate) fn aggregates() -> impl Iterator<Item = &'static RegisteredAggregate> {
        inventory::iter::<RegisteredAggregate>.into_iter()
    }

    pub(crate) fn links() -> impl Iterator<Item = &'static RegisteredLink> {
        inventory::iter::<RegisteredLink>.into_iter()
    }
}

#[cfg(not(feature = "inventory"))]
mod collected {
    use super::{RegisteredAggregate, RegisteredEvent, RegisteredHandler, RegisteredLink};

    pub(crate) fn events() -> impl Iterator<Item = &'static RegisteredEvent> {
        std::iter::empty()
    }

    pub(crate) fn handlers() -> impl Iterator<Item = &'static RegisteredHandler> {
        std::iter::empty()
    }

    pub(crate) fn aggregates() -> impl Iterator<Item = &'static RegisteredAggregate> {
        std::iter::empty()
    }

    pub(crate) fn links() -> impl Iterator<Item = &'static RegisteredLink> {
        std::iter::empty()
    }
}

pub(crate) use collected::{aggregates, events, handlers, links};
