//! What is registered, as a list for people and for look-ups.

use std::any::TypeId;
use std::collections::{BTreeMap, HashSet};
use std::fmt;

use super::link::CURE;
use super::linked;
use super::twins::{are_twin_aggregates, are_twin_events, are_twins};
use crate::event::{EventDescriptor, SourceLocation};
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
        let named = handlers.iter().flat_map(|handler| handler.events().named());
        let mut events: Vec<_> = linked::events().map(|event| event.0).chain(named.copied()).collect();
        events.sort_by_key(|event| (event.name(), event.version(), event.location().to_string(), event.type_id()));
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

    /// The handlers, in the order in which they are called; one that is linked twice is there twice.
    #[must_use]
    pub fn handlers(&self) -> &[&'static HandlerRegistration] {
        &self.handlers
    }

    /// The event type of that name, in its newest version.
    #[must_use]
    pub fn event(&self, name: &str) -> Option<&'static EventDescriptor> {
        self.events.iter().filter(|event| event.name() == name).max_by_key(|event| event.version()).copied()
    }

    /// What a module registers, those inside of it included: `"billing"` for all of a crate.
    ///
    /// ```
    /// mod billing {
    ///     # use events::prelude::*;
    ///     # use serde::{Deserialize, Serialize};
    ///     #[derive(Serialize, Deserialize, DomainEvent)]
    ///     #[event(no_stream)]
    ///     struct Paid;
    /// }
    ///
    /// # fn main() {
    /// let billing = events::catalog().in_module(concat!(module_path!(), "::billing"));
    /// assert_eq!(billing.events().iter().map(|event| event.name()).collect::<Vec<_>>(), ["paid"]);
    /// # }
    /// ```
    #[must_use]
    pub fn in_module(mut self, path: &str) -> Self {
        let is_inside = |location: SourceLocation| {
            let rest = location.path().strip_prefix(path).map(|rest| rest.starts_with("::"));
            rest == Some(true)
        };
        self.events.retain(|event| is_inside(event.location()));
        self.aggregates.retain(|aggregate| is_inside(aggregate.location()));
        self.handlers.retain(|handler| is_inside(handler.location()));
        self
    }

    /// Without these handlers.
    pub(super) fn without(mut self, left_out: &[&'static HandlerRegistration]) -> Self {
        self.handlers.retain(|handler| !left_out.iter().any(|other| std::ptr::eq(*handler, *other)));
        self
    }

    /// The newest version of each event type, by name.
    pub(crate) fn newest(&self) -> BTreeMap<&'static str, &'static EventDescriptor> {
        // The list is sorted by version, so a later one replaces an earlier one.
        let mut newest: BTreeMap<_, _> = self.events.iter().map(|event| (event.name(), *event)).collect();
        // Of an event that is linked twice, the copy that a handler takes.
        for event in self.handlers.iter().flat_map(|handler| handler.events().named()) {
            newest.entry(event.name()).and_modify(|newest| {
                if are_twin_events(newest, event) {
                    *newest = event;
                }
            });
        }
        newest
    }

    /// The handlers, each once: of one that is linked twice, the copy that takes the newest events.
    pub(crate) fn each_once(&self) -> impl Iterator<Item = &'static HandlerRegistration> {
        let newest = self.newest();
        let is_newest = move |event: &&EventDescriptor| {
            newest.get(event.name()).is_some_and(|newest| newest.type_id() == event.type_id())
        };
        self.handlers.chunk_by(|left, right| are_twins(left, right)).filter_map(move |copies| {
            let fits = copies.iter().find(|handler| handler.events().named().iter().all(&is_newest));
            fits.or(copies.first()).copied()
        })
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
        write_section(f, "events", &self.events, are_twin_events, |event| {
            let stream = event.aggregate().unwrap_or("(a stream of its own)");
            format!("{} v{}  {stream}  {}", event.name(), event.version(), event.location())
        })?;
        write_section(f, "aggregates", &self.aggregates, are_twin_aggregates, |aggregate| {
            format!("{}  {} events  {}", aggregate.name(), aggregate.events().len(), aggregate.location())
        })?;
        write_section(f, "handlers", &self.handlers, are_twins, |handler| {
            let events = match handler.events() {
                EventSelector::All => "all events".to_owned(),
                EventSelector::Only(events) => events.iter().map(|event| event.name()).collect::<Vec<_>>().join(", "),
            };
            format!("{}  {events}  {}", handler.name(), handler.location())
        })?;
        if self.handlers.is_empty() {
            writeln!(f, "  none is linked, or none was chosen: {CURE}")?;
        }
        write_links(f)
    }
}

/// A count and a line for each; what is linked twice is one.
fn write_section<T>(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    items: &[&'static T],
    are_twins: fn(&T, &T) -> bool,
    line: impl Fn(&T) -> String,
) -> fmt::Result {
    let items: Vec<_> = items.chunk_by(|left, right| are_twins(left, right)).collect();
    writeln!(f, "{} {title}", items.len())?;
    for copies in items {
        let twice = if copies.len() > 1 { "  (linked twice)" } else { "" };
        copies.first().map_or(Ok(()), |first| writeln!(f, "  {}{twice}", line(first)))?;
    }
    Ok(())
}

/// The crates that `link!` names, each with what it has registered.
fn write_links(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut links: Vec<_> = linked::links().map(|link| (link.name(), link.location().file())).collect();
    links.sort_unstable();
    links.dedup_by_key(|(name, _)| *name);
    if !links.is_empty() {
        writeln!(f, "{} crates named by `link!`", links.len())?;
    }
    for (name, (file, line)) in links {
        let own = |location: SourceLocation| location.crate_name() == name;
        let events = linked::events().filter(|event| own(event.0.location())).count();
        let aggregates = linked::aggregates().filter(|aggregate| own(aggregate.0.location())).count();
        let handlers = linked::handlers().filter(|handler| own(handler.0.location())).count();
        match events + aggregates + handlers {
            0 => writeln!(f, "  {name}  registers nothing, or under another name than this  {file}:{line}")?,
            _ => writeln!(f, "  {name}  {events} events, {aggregates} aggregates, {handlers} handlers  {file}:{line}")?,
        }
    }
    Ok(())
}
