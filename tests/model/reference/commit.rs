//! Commits that come again, a little different, and beliefs about streams.

use events::prelude::*;
use events::store::ExpectedVersion;

use crate::command::{Belief, Change, EventDraft};

/// A commit, made from a command and what the store holds.
#[derive(Debug)]
pub(crate) struct Commit {
    pub(crate) events: Vec<EventDraft>,
    pub(crate) expected: Vec<(StreamId, ExpectedVersion)>,
}

pub(super) fn expected(belief: Belief, actual: Version) -> ExpectedVersion {
    match belief {
        Belief::Any => ExpectedVersion::Any,
        Belief::NoStream => ExpectedVersion::NoStream,
        Belief::Exists => ExpectedVersion::Exists,
        Belief::Exact(version) => ExpectedVersion::Exact(Version::new(u64::from(version))),
        Belief::Current => ExpectedVersion::Exact(actual),
        Belief::Behind => ExpectedVersion::Exact(Version::new(actual.value().saturating_sub(1))),
    }
}

/// One of the commits that were tried before, changed.
pub(super) fn again(tried: &[Vec<EventDraft>], which: u8, change: &Change) -> Vec<EventDraft> {
    let one = |number: u8| tried.get(usize::from(number) % tried.len().max(1)).cloned().unwrap_or_default();
    let mut events = one(which);
    match change {
        Change::None => {}
        Change::Metadata(extras) => {
            for event in &mut events {
                (event.extras, event.correlation, event.causation) = (*extras, Some(1), Some(2));
                event.occurred = event.occurred.wrapping_add(1) % 8;
            }
        }
        Change::Shorter => drop(events.pop()),
        Change::Longer(event) => events.push(event.clone()),
        Change::With(other) => events.extend(one(*other)),
        Change::Text(index, text) => change_one(&mut events, *index, |event| event.text = *text),
        Change::Stream(index, stream) => change_one(&mut events, *index, |event| event.stream = *stream),
        Change::Name(index, name) => change_one(&mut events, *index, |event| event.name = *name),
        Change::SchemaVersion(index, version) => {
            change_one(&mut events, *index, |event| event.schema_version = 1 + version % 3);
        }
        Change::Twice => events.extend(events.first().cloned()),
    }
    events
}

fn change_one(events: &mut [EventDraft], index: u8, change: impl FnOnce(&mut EventDraft)) {
    let length = events.len().max(1);
    if let Some(event) = events.get_mut(usize::from(index) % length) {
        change(event);
    }
}
