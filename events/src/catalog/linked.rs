//! What the macros have registered at link time.

use crate::event::EventDescriptor;
use crate::handler::HandlerRegistration;
use crate::sourcing::AggregateDescriptor;

/// An event type, as the derive registers it.
pub struct RegisteredEvent(pub &'static EventDescriptor);

/// A handler, as the attribute registers it.
pub struct RegisteredHandler(pub &'static HandlerRegistration);

/// An aggregate, as the attribute registers it.
pub struct RegisteredAggregate(pub &'static AggregateDescriptor);

#[cfg(feature = "inventory")]
mod collected {
    use super::{RegisteredAggregate, RegisteredEvent, RegisteredHandler};

    inventory::collect!(RegisteredEvent);
    inventory::collect!(RegisteredHandler);
    inventory::collect!(RegisteredAggregate);

    pub(crate) fn events() -> impl Iterator<Item = &'static RegisteredEvent> {
        inventory::iter::<RegisteredEvent>.into_iter()
    }

    pub(crate) fn handlers() -> impl Iterator<Item = &'static RegisteredHandler> {
        inventory::iter::<RegisteredHandler>.into_iter()
    }

    pub(crate) fn aggregates() -> impl Iterator<Item = &'static RegisteredAggregate> {
        inventory::iter::<RegisteredAggregate>.into_iter()
    }
}

#[cfg(not(feature = "inventory"))]
mod collected {
    use super::{RegisteredAggregate, RegisteredEvent, RegisteredHandler};

    pub(crate) fn events() -> impl Iterator<Item = &'static RegisteredEvent> {
        std::iter::empty()
    }

    pub(crate) fn handlers() -> impl Iterator<Item = &'static RegisteredHandler> {
        std::iter::empty()
    }

    pub(crate) fn aggregates() -> impl Iterator<Item = &'static RegisteredAggregate> {
        std::iter::empty()
    }
}

pub(crate) use collected::{aggregates, events, handlers};
