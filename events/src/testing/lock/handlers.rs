//! Whether what handles events is still there.

use std::collections::BTreeSet;

use super::change::LockChange;
use super::{EventsLock, LockedHandler};
use crate::catalog::CURE;

/// Aggregates by their names, which are those of their streams.
pub(super) fn aggregates(before: &EventsLock, after: &EventsLock) -> Vec<LockChange> {
    let mut changes = Vec::new();
    for (name, events) in &before.aggregates {
        let subject = format!("aggregate {name}");
        let Some(now) = after.aggregates.get(name) else {
            let why = format!(
                "is gone, or has another name: its streams are found by this one; if it is not linked here: {CURE}"
            );
            changes.push(LockChange::new(&subject).breaks(why));
            continue;
        };
        changes.extend(events.difference(now).map(|event| {
            let why = "has no `#[when]` method for it any more: stored ones could not be applied";
            LockChange::new(&subject).was(format_args!("event {event}")).breaks(why)
        }));
        let new = now.difference(events);
        changes.extend(new.map(|event| LockChange::new(&subject).is(format_args!("event {event}"))));
    }
    let new = after.aggregates.keys().filter(|name| !before.aggregates.contains_key(*name));
    changes.extend(new.map(|name| LockChange::new(&format!("aggregate {name}")).is("new")));
    changes
}

/// Handlers by their names, under which the store keeps checkpoints and letters.
pub(super) fn handlers(before: &EventsLock, after: &EventsLock) -> Vec<LockChange> {
    let mut changes = Vec::new();
    let mut renamed = BTreeSet::new();
    for (name, handler) in &before.handlers {
        let subject = format!("handler {name}");
        if let Some(now) = after.handlers.get(name) {
            compare(&subject, handler, now, &mut changes);
        } else if let Some((new, now)) = successor(name, handler, after) {
            renamed.insert(new);
            changes.push(LockChange::new(&subject).is(format_args!("handler {new}, which follows it")));
            compare(&subject, handler, now, &mut changes);
        } else {
            changes.push(LockChange::new(&subject).breaks(gone(name, handler, before, after)));
        }
    }
    let known = |name: &&String| before.handlers.contains_key(*name) || renamed.contains(*name);
    let new = after.handlers.keys().filter(|name| !known(name));
    changes.extend(new.map(|name| LockChange::new(&format!("handler {name}")).is("new")));
    changes
}

/// The durable handler that goes on where this one has stopped, or is a newer version of it.
fn successor<'a>(name: &str, old: &LockedHandler, after: &'a EventsLock) -> Option<(&'a String, &'a LockedHandler)> {
    let handlers = || after.handlers.iter().filter(|(_, handler)| old.durable && handler.durable);
    let renamed = handlers().find(|(_, handler)| handler.renamed_from.as_deref() == Some(name));
    let (base, version) = version(name);
    let newer = handlers().filter(|(new, _)| self::version(new).0 == base && self::version(new).1 > version);
    renamed.or_else(|| newer.max_by_key(|(new, _)| self::version(new).1))
}

/// `greet@2` is the second version of `greet`.
fn version(name: &str) -> (&str, u32) {
    let versioned = name.rsplit_once('@').and_then(|(base, version)| Some((base, version.parse().ok()?)));
    versioned.unwrap_or((name, 1))
}

fn compare(subject: &str, before: &LockedHandler, after: &LockedHandler, changes: &mut Vec<LockChange>) {
    match (before.durable, after.durable) {
        (true, false) => {
            let why = "is no longer durable: what it has not handled yet, it never will";
            changes.push(LockChange::new(subject).was("durable").is("inline").breaks(why));
        }
        (false, true) => changes.push(LockChange::new(subject).was("inline").is("durable")),
        _ => {}
    }
    let lost = "is no longer called with it";
    match (&before.events, &after.events) {
        (None, Some(_)) => {
            let why = "is no longer called with all events";
            changes.push(LockChange::new(subject).was("all events").breaks(why));
        }
        (Some(before), Some(after)) => {
            let gone = before.difference(after);
            changes.extend(gone.map(|event| LockChange::new(subject).was(format_args!("event {event}")).breaks(lost)));
            let new = after.difference(before);
            changes.extend(new.map(|event| LockChange::new(subject).is(format_args!("event {event}"))));
        }
        (Some(_), None) => changes.push(LockChange::new(subject).is("all events")),
        (None, None) => {}
    }
}

fn gone(name: &str, handler: &LockedHandler, before: &EventsLock, after: &EventsLock) -> String {
    let is_new = |(name, new): &(&String, &LockedHandler)| {
        !before.handlers.contains_key(*name) && new.events == handler.events && new.durable == handler.durable
    };
    let linked = format!("if it is not linked here: {CURE}");
    match (handler.durable, after.handlers.iter().find(is_new)) {
        (true, Some((new, _))) => format!(
            "is gone, and `{new}` is new: if that is its new name, say `durable(renamed_from = \"{name}\")` there, or it begins anew, without the old one's checkpoint and letters; {linked}"
        ),
        (true, None) => format!("is gone, with a checkpoint and letters in the store that nobody carries on; {linked}"),
        (false, Some((new, _))) => format!(
            "is gone, and `{new}` is new: if that is its new name, letters of the old one are no longer retried, unless it keeps its name with `name = \"{name}\"`; {linked}"
        ),
        (false, None) => format!("is gone: nothing does any more what it did; {linked}"),
    }
}
