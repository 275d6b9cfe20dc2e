//! The checks before anything runs; all mistakes come in one error.

use std::any::TypeId;
use std::collections::{HashMap, HashSet};
use std::fmt;

use super::Catalog;
use crate::error::{Error, ErrorKind};
use crate::event::{EventDescriptor, SourceLocation};
use crate::handler::{EventSelector, HandlerRegistration, Requirement, StateMap};
use crate::sourcing::AggregateDescriptor;

/// Everything that was wrong at start.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
///
/// #[event_handler]
/// fn mail(_: &Ping, State(_): State<&String>) {}
///
/// #[event_handler]
/// fn store(_: &Ping, _: &EventDispatcher) {}
///
/// let bus = EventBus::builder().handlers(HandlerRegistry::only(handlers![mail, store])).build();
/// let error = bus.unwrap_err();
/// assert_eq!(error.problems().len(), 2, "all at once: {error}");
/// ```
#[derive(Debug, Clone)]
pub struct StartError {
    problems: Vec<Problem>,
}

impl StartError {
    /// The mistakes, each on its own.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl From<Problem> for StartError {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.as_slice() {
            [problem] => write!(f, "can't start: {problem}"),
            problems => {
                write!(f, "can't start, for {} reasons:", problems.len())?;
                problems.iter().enumerate().try_for_each(|(index, problem)| write!(f, "\n  {}. {problem}", index + 1))
            }
        }
    }
}

impl std::error::Error for StartError {}

impl From<StartError> for Error {
    fn from(error: StartError) -> Self {
        Self::new(ErrorKind::Invalid, "the handlers can't be started").with_source(error)
    }
}

/// One mistake that can be seen at start.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use events::Problem;
///
/// #[event_handler]
/// fn mail(_: &Ping, State(_): State<&String>) {}
///
/// let error = EventBus::builder().handlers(HandlerRegistry::only(handlers![mail])).build().unwrap_err();
/// assert!(matches!(error.problems(), [Problem::MissingState { handler: "mail", .. }]));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// There is no tokio runtime for the background work.
    #[error(
        "there is no tokio runtime to work on: call `.start()` in `#[tokio::main]`, or `.build()` for no background work"
    )]
    NoRuntime,
    /// A handler takes a state that nobody gave.
    #[error("handler `{handler}` takes a `{type_name}`: add `.state(…)` with one ({location})")]
    MissingState {
        /// The handler.
        handler: &'static str,
        /// The type of the state.
        type_name: &'static str,
        /// Where the handler is declared.
        location: SourceLocation,
    },
    /// Two values of one type were given to `.state(…)`.
    #[error("`.state(…)` was given two values of type `{type_name}`: wrap one of them in a type of its own")]
    DuplicateState {
        /// The type of the states.
        type_name: &'static str,
    },
    /// Two handlers have one name, which is their identity in the store.
    #[error("two handlers are named `{name}`: give one of them `name = \"…\"` ({first}; {second})")]
    DuplicateHandler {
        /// The name.
        name: &'static str,
        /// Where the one is declared.
        first: SourceLocation,
        /// Where the other is declared.
        second: SourceLocation,
    },
    /// One handler is linked twice.
    #[error(
        "handler `{name}` is linked twice: a dev-dependency cycle builds its crate a second time, move the test into a package of its own ({location})"
    )]
    LinkedTwice {
        /// The name.
        name: &'static str,
        /// Where it is declared.
        location: SourceLocation,
    },
    /// Two event types have one name, and neither is the other's `previous`.
    #[error(
        "two events are named `{name}`: rename one, or name the older one as `previous = …` of the newer ({first}; {second})"
    )]
    DuplicateEvent {
        /// The name.
        name: &'static str,
        /// Where the one is declared.
        first: SourceLocation,
        /// Where the other is declared.
        second: SourceLocation,
    },
    /// Two aggregates have one name, and would share their streams.
    #[error("two aggregates are named `{name}`: give one of them another `name = \"…\"` ({first}; {second})")]
    DuplicateAggregate {
        /// The name.
        name: &'static str,
        /// Where the one is declared.
        first: SourceLocation,
        /// Where the other is declared.
        second: SourceLocation,
    },
    /// A handler takes a version of an event that a newer one has replaced.
    #[error(
        "handler `{handler}` takes `{event}` version {version}, which a newer version replaces: take that one ({location})"
    )]
    OldVersion {
        /// The handler.
        handler: &'static str,
        /// The event.
        event: &'static str,
        /// The old version.
        version: u32,
        /// Where the handler is declared.
        location: SourceLocation,
    },
    /// A handler needs a dispatcher and is on a bus alone.
    #[error("handler `{handler}` needs an `EventDispatcher`; a bus alone has no store and no dispatcher ({location})")]
    NeedsDispatcher {
        /// The handler.
        handler: &'static str,
        /// Where it is declared.
        location: SourceLocation,
    },
    /// An async handler is on a bus that calls sync handlers only.
    #[error(
        "handler `{handler}` is async and an `EventBus` can't call it: use an `AsyncEventBus`, or leave it out by `.sync_only()` ({location})"
    )]
    AsyncHandler {
        /// The handler.
        handler: &'static str,
        /// Where it is declared.
        location: SourceLocation,
    },
}

/// What the handlers will run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    SyncBus { skip_async: bool },
    AsyncBus,
    Dispatcher,
}

/// Looks for every mistake at once; `duplicate_states` were noticed while the states were given.
pub(crate) fn check(
    catalog: &Catalog,
    state: &StateMap,
    duplicate_states: &[&'static str],
    host: Host,
) -> Result<(), StartError> {
    let mut problems: Vec<_> = duplicate_states.iter().map(|type_name| Problem::DuplicateState { type_name }).collect();
    check_names(catalog.handlers(), &mut problems);
    // A bus goes by Rust types; only what is stored is found by name.
    if host == Host::Dispatcher {
        check_events(catalog.events(), &mut problems);
        check_aggregates(catalog.aggregates(), &mut problems);
    }
    let superseded = catalog.superseded();
    for handler in catalog.handlers() {
        check_requirements(handler, state, host, &mut problems);
        check_versions(handler, &superseded, &mut problems);
        if host == (Host::SyncBus { skip_async: false }) && handler.call().is_async() {
            problems.push(Problem::AsyncHandler { handler: handler.name(), location: handler.location() });
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(StartError { problems }) }
}

fn check_names(handlers: &[&'static HandlerRegistration], problems: &mut Vec<Problem>) {
    let mut seen: HashMap<&str, &HandlerRegistration> = HashMap::new();
    for handler in handlers {
        let Some(first) = seen.insert(handler.name(), handler) else { continue };
        problems.push(if first.location() == handler.location() {
            Problem::LinkedTwice { name: handler.name(), location: handler.location() }
        } else {
            Problem::DuplicateHandler { name: handler.name(), first: first.location(), second: handler.location() }
        });
    }
}

fn check_events(events: &[&'static EventDescriptor], problems: &mut Vec<Problem>) {
    // Sorted by name and version: a version is fine when the chain of the next one leads to it.
    for (older, newer) in events.iter().zip(events.iter().skip(1)) {
        let linked_twice = older.location() == newer.location();
        if older.name() == newer.name() && !linked_twice && !leads_to(newer, older.type_id()) {
            problems.push(Problem::DuplicateEvent {
                name: older.name(),
                first: older.location(),
                second: newer.location(),
            });
        }
    }
}

fn check_aggregates(aggregates: &[&'static AggregateDescriptor], problems: &mut Vec<Problem>) {
    for (first, second) in aggregates.iter().zip(aggregates.iter().skip(1)) {
        if first.name() == second.name() && first.location() != second.location() {
            let (name, first, second) = (first.name(), first.location(), second.location());
            problems.push(Problem::DuplicateAggregate { name, first, second });
        }
    }
}

fn leads_to(event: &'static EventDescriptor, target: TypeId) -> bool {
    std::iter::successors(event.previous(), |event| event.previous()).any(|event| event.type_id() == target)
}

fn check_requirements(
    handler: &'static HandlerRegistration,
    state: &StateMap,
    host: Host,
    problems: &mut Vec<Problem>,
) {
    if host == (Host::SyncBus { skip_async: true }) && handler.call().is_async() {
        return;
    }
    let location = handler.location();
    for requirement in handler.requires() {
        match requirement {
            Requirement::State { type_id, type_name } if !state.contains(type_id) => {
                problems.push(Problem::MissingState { handler: handler.name(), type_name, location });
            }
            Requirement::Dispatcher if host != Host::Dispatcher => {
                problems.push(Problem::NeedsDispatcher { handler: handler.name(), location });
            }
            Requirement::Nothing | Requirement::State { .. } | Requirement::Dispatcher => {}
        }
    }
}

fn check_versions(handler: &'static HandlerRegistration, old: &HashSet<TypeId>, problems: &mut Vec<Problem>) {
    let EventSelector::Only(events) = handler.events() else { return };
    for event in events.iter().filter(|event| old.contains(&event.type_id())) {
        problems.push(Problem::OldVersion {
            handler: handler.name(),
            event: event.name(),
            version: event.version().value(),
            location: handler.location(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sourcing::AggregateSpec;

    const fn aggregate(name: &'static str, line: u32) -> AggregateDescriptor {
        let location = SourceLocation::new("shop", "Cart", "shop.rs", line);
        AggregateDescriptor::new(AggregateSpec { name, events: &[], snapshot_every: None, fold_hash: 0, location })
    }

    static CART: AggregateDescriptor = aggregate("cart", 1);
    static ORDER: AggregateDescriptor = aggregate("order", 2);
    static OTHER_ORDER: AggregateDescriptor = aggregate("order", 3);

    #[test]
    fn two_aggregates_of_one_name_are_a_problem_and_one_linked_twice_is_none() {
        let mut problems = Vec::new();
        check_aggregates(&[&CART, &CART, &ORDER], &mut problems);
        assert_eq!(problems, []);
        check_aggregates(&[&CART, &ORDER, &OTHER_ORDER], &mut problems);
        let (first, second) = (ORDER.location(), OTHER_ORDER.location());
        assert_eq!(problems, [Problem::DuplicateAggregate { name: "order", first, second }]);
    }
}
