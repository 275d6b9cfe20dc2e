//! The checks before anything runs; all mistakes come in one error.

use std::any::TypeId;
use std::collections::{HashMap, HashSet};

use super::Catalog;
use super::former_name::check_former_names;
use super::problem::{Problem, StartError};
use super::twins::{are_twin_aggregates, are_twin_events, are_twins};
use crate::event::EventDescriptor;
use crate::handler::{HandlerRegistration, Requirement, StateMap};
use crate::sourcing::AggregateDescriptor;

/// What the handlers will run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    SyncBus { skip_async: bool },
    AsyncBus,
    Dispatcher,
}

/// Looks for every mistake at once; `duplicate_states` were noticed while the states were given.
/// Answers with what can be called: of a handler that is linked twice, a copy may lack its state.
pub(crate) fn check(
    catalog: Catalog,
    state: &StateMap,
    duplicate_states: &[&'static str],
    host: Host,
) -> Result<Catalog, StartError> {
    let mut problems: Vec<_> = duplicate_states.iter().map(|type_name| Problem::DuplicateState { type_name }).collect();
    check_names(catalog.handlers(), &mut problems);
    check_former_names(catalog.handlers(), &mut problems);
    // A bus goes by Rust types; only what is stored is found by name.
    if host == Host::Dispatcher {
        check_events(catalog.events(), &mut problems);
        check_aggregates(catalog.aggregates(), &mut problems);
    }
    let superseded = catalog.superseded();
    let mut lacking = Vec::new();
    for copies in catalog.handlers().chunk_by(|left, right| are_twins(left, right)) {
        let mut found: Vec<_> = copies.iter().map(|copy| problems_of(copy, state, host, &superseded)).collect();
        if found.iter().any(Vec::is_empty) {
            lacking.extend(copies.iter().zip(&found).filter(|(_, found)| !found.is_empty()).map(|(copy, _)| *copy));
        } else if let Some(first) = found.first_mut() {
            problems.append(first);
        }
    }
    if !problems.is_empty() {
        return Err(StartError { problems });
    }
    for handler in &lacking {
        tracing::warn!(
            handler = handler.name(),
            "linked twice by a dev-dependency cycle, and the state was given to one copy only: the other is never called"
        );
    }
    Ok(catalog.without(&lacking))
}

fn problems_of(
    handler: &'static HandlerRegistration,
    state: &StateMap,
    host: Host,
    superseded: &HashSet<TypeId>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    check_requirements(handler, state, host, &mut problems);
    check_versions(handler, superseded, &mut problems);
    if handler.durable().is_some() && host != Host::Dispatcher {
        problems.push(Problem::DurableOnBus { handler: handler.name(), location: handler.location() });
    }
    if host == (Host::SyncBus { skip_async: false }) && handler.call().is_async() {
        problems.push(Problem::AsyncHandler { handler: handler.name(), location: handler.location() });
    }
    problems
}

fn check_names(handlers: &[&'static HandlerRegistration], problems: &mut Vec<Problem>) {
    let mut seen: HashMap<&str, &HandlerRegistration> = HashMap::new();
    for handler in handlers {
        let Some(first) = seen.insert(handler.name(), handler) else { continue };
        if !are_twins(first, handler) {
            let (name, first, second) = (handler.name(), first.location(), handler.location());
            problems.push(Problem::DuplicateHandler { name, first, second });
        }
    }
}

fn check_events(events: &[&'static EventDescriptor], problems: &mut Vec<Problem>) {
    // Sorted by name and version: a version is fine when the chain of the next one leads to it.
    for (older, newer) in events.iter().zip(events.iter().skip(1)) {
        if older.name() == newer.name() && !are_twin_events(older, newer) && !leads_to(newer, older) {
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
        if first.name() == second.name() && !are_twin_aggregates(first, second) {
            let (name, first, second) = (first.name(), first.location(), second.location());
            problems.push(Problem::DuplicateAggregate { name, first, second });
        }
    }
}

/// Whether a chain of versions leads to that one, or to its copy where it is linked twice.
fn leads_to(event: &'static EventDescriptor, target: &EventDescriptor) -> bool {
    let mut chain = std::iter::successors(event.previous(), |event| event.previous());
    chain.any(|event| event.type_id() == target.type_id() || are_twin_events(event, target))
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
            Requirement::Transaction if handler.durable().is_none() => {
                problems.push(Problem::NeedsDurable { handler: handler.name(), location });
            }
            Requirement::SingleEvent if handler.durable().is_some_and(|durable| durable.batch.is_some()) => {
                problems.push(Problem::NeedsSingleEvent { handler: handler.name(), location });
            }
            _ => {}
        }
    }
    if handler.requires().filter(|requirement| matches!(requirement, Requirement::Transaction)).count() > 1 {
        problems.push(Problem::TwoTransactions { handler: handler.name(), location });
    }
}

fn check_versions(handler: &'static HandlerRegistration, old: &HashSet<TypeId>, problems: &mut Vec<Problem>) {
    for event in handler.events().named().iter().filter(|event| old.contains(&event.type_id())) {
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
    use crate::event::SourceLocation;
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
