//! Items that are linked twice.
//!
//! The unit tests of a crate that depend on a crate that depends on it (a dev-dependency cycle) have
//! it twice: once compiled with its tests, once without. Both register the same items, with Rust
//! types of their own. That is no mistake of the user's, so it isn't reported as one.

use crate::event::EventDescriptor;
use crate::handler::{EventSelector, HandlerRegistration};
use crate::sourcing::AggregateDescriptor;

/// Whether two registrations are one handler, linked twice.
pub(crate) fn are_twins(left: &HandlerRegistration, right: &HandlerRegistration) -> bool {
    left.name() == right.name() && left.location() == right.location() && same_events(left.events(), right.events())
}

/// By name: the copies of an event have Rust types of their own.
fn same_events(left: EventSelector, right: EventSelector) -> bool {
    match (left, right) {
        (EventSelector::All, EventSelector::All) => true,
        (EventSelector::Only(left), EventSelector::Only(right)) => {
            left.iter().map(|event| event.name()).eq(right.iter().map(|event| event.name()))
        }
        (EventSelector::All, EventSelector::Only(_)) | (EventSelector::Only(_), EventSelector::All) => false,
    }
}

/// Whether two descriptors are one event type, linked twice.
pub(crate) fn are_twin_events(left: &EventDescriptor, right: &EventDescriptor) -> bool {
    left.name() == right.name() && left.version() == right.version() && left.location() == right.location()
}

/// Whether two descriptors are one aggregate, linked twice.
pub(crate) fn are_twin_aggregates(left: &AggregateDescriptor, right: &AggregateDescriptor) -> bool {
    left.name() == right.name() && left.location() == right.location()
}
