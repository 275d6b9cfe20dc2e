//! From events to what a store appends.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Commit;
use crate::event::{ErasedEvent, EventMetadata};
use crate::store::{Append, AppendError, NewEvent, Refusal};

/// How many handlers may publish from within each other. A chain that is longer is taken for a
/// circle.
pub(crate) const MAX_DEPTH: u16 = 64;

/// A commit whose metadata is filled in and whose events are written as JSON.
pub(crate) struct Prepared {
    pub(crate) events: Vec<Arc<dyn ErasedEvent>>,
    pub(crate) append: Append,
    /// How deep the handlers of these events are.
    pub(crate) depth: u16,
}

/// What is left of a commit when the store has got its part: what its handlers are called with.
pub(crate) struct Undelivered {
    pub(crate) events: Vec<Arc<dyn ErasedEvent>>,
    pub(crate) new_events: Vec<NewEvent>,
    pub(crate) depth: u16,
}

impl Prepared {
    pub(crate) fn split(self) -> (Append, Undelivered) {
        let Self { events, append, depth } = self;
        let new_events = append.events().to_vec();
        (append, Undelivered { events, new_events, depth })
    }
}

pub(crate) fn prepare(commit: Commit, now: DateTime<Utc>) -> Result<Prepared, AppendError> {
    let Commit { events, expected, cause } = commit;
    if let [(_, first), (_, second), ..] = events.as_slice()
        && first.event_id.is_some()
        && first.event_id == second.event_id
    {
        return Err(AppendError::Refused(Refusal::EventIdForSeveral { events: events.len() }));
    }
    let depth = cause.as_ref().map_or(0, |cause| cause.depth());
    if depth >= MAX_DEPTH {
        return Err(AppendError::Refused(Refusal::TooDeep { depth }));
    }
    let mut append = Append::new();
    let mut prepared = Vec::with_capacity(events.len());
    for (event, context) in events {
        let metadata = EventMetadata::fill(&*event, &context, cause.as_ref(), now.into());
        append = append.event(NewEvent::new(&*event, metadata).map_err(AppendError::Encode)?);
        prepared.push(event);
    }
    for (stream, expected) in expected {
        append = append.expect(stream, expected);
    }
    Ok(Prepared { events: prepared, append, depth: depth + 1 })
}
