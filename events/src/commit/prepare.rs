//! From events to what a store appends.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Commit;
use crate::event::{ErasedEvent, EventMetadata};
use crate::store::{Append, AppendError, NewEvent, Refusal};

/// How many handlers may publish from within each other. A chain that is longer is taken for a
/// circle.
const MAX_DEPTH: u16 = 64;

/// A commit whose metadata is filled in and whose events are written as JSON.
pub(crate) struct Prepared {
    pub(crate) events: Vec<Arc<dyn ErasedEvent>>,
    pub(crate) metadata: Vec<EventMetadata>,
    pub(crate) append: Append,
    /// How deep the handlers of these events are.
    pub(crate) depth: u16,
}

pub(crate) fn prepare(commit: Commit, now: DateTime<Utc>) -> Result<Prepared, AppendError> {
    let Commit { events, expected, context, cause } = commit;
    if events.len() > 1 && context.event_id.is_some() {
        return Err(AppendError::Refused(Refusal::EventIdForSeveral { events: events.len() }));
    }
    let depth = cause.as_ref().map_or(0, |cause| cause.depth());
    if depth >= MAX_DEPTH {
        return Err(AppendError::Refused(Refusal::TooDeep { depth }));
    }
    let metadata: Vec<_> =
        events.iter().map(|event| EventMetadata::fill(&**event, &context, cause.as_ref(), now)).collect();
    let mut append = Append::new();
    for (event, metadata) in events.iter().zip(&metadata) {
        append = append.event(NewEvent::new(&**event, metadata.clone()).map_err(AppendError::Encode)?);
    }
    for (stream, expected) in expected {
        append = append.expect(stream, expected);
    }
    Ok(Prepared { events, metadata, append, depth: depth + 1 })
}
