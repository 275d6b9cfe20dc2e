//! What is registered, as a list for people and for look-ups.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use std::any::TypeId;

use super::linked;
use crate::event::EventDescriptor;
use crate::handler::{EventSelector, HandlerRegistration};
use crate::sourcing::AggregateDescriptor;

/// Events, aggregates and handlers, sorted by name. `Display` prints them as a table.
///
/// ```
/// use events::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(no_stream)]
/// struct Ping;
///
/// let catalog = events::catalog();
/// assert!(catalog.to_string().contains("ping v1"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    events: Vec<&'static EventDescriptor>,
    aggregates: Vec<&'static AggregateDescriptor>,
    handlers: Vec<&'static HandlerRegistration>,
}

/// Everything that is linked into the program.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct OrderPlaced;
/// let catalog = events::catalog();
/// let placed = catalog.event("order_placed").ok_or(catalog.to_string());
/// assert_eq!(placed.unwrap().version().value(), 1);
/// ```
#[must_use]
pub fn catalog() -> Catalog {
    Catalog::of(super::HandlerRegistry::linked().resolve())
}

impl Catalog {
    /// The linked events and aggregates, the given handlers, and the events that only those name.
    pub(crate) fn of(handlers: Vec<&'static HandlerRegistration>) -> Self {
        let named = handlers.iter().flat_map(|handler| match handler.events() {
            EventSelector::Only(events) => events,
            EventSelector::All => &[],
        });
        let mut events: Vec<_> = linked::events().map(|event| event.0).chain(named.copied()).collect();
        events.sort_by_key(|event| (event.name(), event.version(), event.location().to_string()));
        events.dedup_by_key(|event| event.type_id());
        let mut aggregates: Vec<_> = linked::aggregates().map(|aggregate| aggregate.0).collect();
        aggregates.sort_by_key(|aggregate| (aggregate.name(), aggregate.location().to_string()));
        Self { events, aggregates, handlers }
    }

    /// The event types, old versions included.
    #[must_use]
    pub fn events(&self) -> &[&'static EventDescriptor] {
        &self.events
    }

    /// The aggregates.
    #[must_use]
    pub fn aggregates(&self) -> &[&'static AggregateDescriptor] {
        &self.aggregates
    }

    /// The handlers, in the order in which they are called.
    #[must_use]
    pub fn handlers(&self) -> &[&'static HandlerRegistration] {
        &self.handlers
    }

    /// The event type of that name, in its newest version.
    #[must_use]
    pub fn event(&self, name: &str) -> Option<&'static EventDescriptor> {
        self.events.iter().filter(|event| event.name() == name).max_by_key(|event| event.version()).copied()
    }

    /// The newest version of each event type, by name.
    pub(crate) fn newest(&self) -> BTreeMap<&'static str, &'static EventDescriptor> {
        // The list is sorted by version, so a later one replaces an earlier one.
        self.events.iter().map(|event| (event.name(), *event)).collect()
    }

    /// The Rust types that a newer version has replaced.
    pub(crate) fn superseded(&self) -> HashSet<TypeId> {
        let mut old = HashSet::new();
        for event in &self.events {
            let mut previous = event.previous();
            while let Some(event) = previous.filter(|event| old.insert(event.type_id())) {
                previous = event.previous();
            }
        }
        old
    }
}

impl fmt::Display for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} events", self.events.len())?;
        for event in &self.events {
            let stream = event.aggregate().unwrap_or("(a stream of its own)");
            writeln!(f, "  {} v{}  {stream}  {}", event.name(), event.version(), event.location())?;
        }
        writeln!(f, "{} aggregates", self.aggregates.len())?;
        for aggregate in &self.aggregates {
            writeln!(f, "  {}  {} events  {}", aggregate.name(), aggregate.events().len(), aggregate.location())?;
        }
        writeln!(f, "{} handlers", self.handlers.len())?;
        for handler in &self.handlers {
            let events = match handler.events() {
                EventSelector::All => "all events".to_owned(),
                EventSelector::Only(events) => events.iter().map(|event| event.name()).collect::<Vec<_>>().join(", "),
            };
            writeln!(f, "  {}  {events}  {}", handler.name(), handler.location())?;
        }
        Ok(())
    }
}
