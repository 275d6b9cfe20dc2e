//! What the program says about itself.

use std::collections::BTreeMap;

use super::{EventsLock, LockedEvent, LockedHandler};
use crate::catalog::Catalog;
use crate::event::EventDescriptor;
use crate::handler::{EventSelector, HandlerRegistration};

/// Of events only what can be read: the newest version, and those that it says are before it.
pub(super) fn read(catalog: &Catalog) -> EventsLock {
    let mut lock = EventsLock::default();
    for aggregate in catalog.aggregates() {
        let events = aggregate.events().iter().map(|event| event.name().to_owned());
        lock.aggregates.entry(aggregate.name().to_owned()).or_default().extend(events);
    }
    for newest in catalog.newest().into_values() {
        let versions = std::iter::successors(Some(newest), |event| event.previous());
        lock.events.extend(versions.map(|event| ((event.name().to_owned(), event.version().value()), locked(event))));
    }
    lock.handlers.extend(catalog.each_once().map(|handler| (handler.name().to_owned(), handler_of(handler))));
    lock
}

fn locked(event: &EventDescriptor) -> LockedEvent {
    let facts: BTreeMap<_, _> = event.shape().facts().into_iter().map(|fact| (fact.path.clone(), fact)).collect();
    LockedEvent { aggregate: event.aggregate().map(str::to_owned), facts }
}

fn handler_of(handler: &HandlerRegistration) -> LockedHandler {
    LockedHandler {
        durable: handler.durable().is_some(),
        events: match handler.events() {
            EventSelector::All => None,
            EventSelector::Only(events) => Some(events.iter().map(|event| event.name().to_owned()).collect()),
        },
        renamed_from: handler.durable().and_then(|durable| durable.renamed_from).map(str::to_owned),
    }
}
