//! Whether stored events can still be read.

use super::change::LockChange;
use super::parts;
use super::{EventsLock, LockedEvent};
use crate::catalog::CURE;

pub(super) fn changes(before: &EventsLock, after: &EventsLock) -> Vec<LockChange> {
    let mut changes = Vec::new();
    for ((name, version), event) in &before.events {
        let subject = format!("event {name} v{version}");
        match after.events.get(&(name.clone(), *version)) {
            Some(now) => compare(&subject, event, now, &mut changes),
            None => changes.push(LockChange::new(&subject).breaks(gone(name, *version, event, before, after))),
        }
    }
    let new = after.events.keys().filter(|event| !before.events.contains_key(*event));
    changes.extend(new.map(|(name, version)| LockChange::new(&format!("event {name} v{version}")).is("new")));
    changes
}

fn compare(subject: &str, before: &LockedEvent, after: &LockedEvent, changes: &mut Vec<LockChange>) {
    if before.aggregate != after.aggregate {
        let [was, is] = [before, after].map(|event| event.aggregate.as_deref().unwrap_or("no aggregate"));
        let why = "goes to other streams: the old ones are no longer continued, and their aggregate doesn't see it";
        let change = LockChange::new(subject).was(format_args!("of {was}")).is(format_args!("of {is}"));
        changes.push(change.breaks(why));
    }
    parts::compare(subject, &before.facts, &after.facts, changes);
}

/// Why nothing reads stored events of this name and version.
fn gone(name: &str, version: u32, event: &LockedEvent, before: &EventsLock, after: &EventsLock) -> String {
    let versions = after.events.keys().filter(|(other, _)| other == name).map(|(_, version)| *version);
    if let Some(newest) = versions.max() {
        return if newest > version {
            format!(
                "can't be read: version {newest} is there, and doesn't lead back to it; keep its struct, name it in `previous = …` of the version after it, and write `impl From`"
            )
        } else {
            format!("can't be read: the program knows version {newest} only, so it is older than the file")
        };
    }
    let new = after.events.iter().find(|((other, _), new)| {
        let is_new = !before.events.keys().any(|(known, _)| known == other);
        is_new && new.facts == event.facts && new.aggregate == event.aggregate
    });
    match new {
        Some(((new, _), _)) => format!(
            "can't be read, and `{new}` of the same shape is new: if that is its new name, keep the stored one with `#[event(name = \"{name}\")]`"
        ),
        None => format!("can't be read: its struct is gone, or has another name; if it is not linked here: {CURE}"),
    }
}
