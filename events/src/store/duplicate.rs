//! Appending twice: what a store answers when it has the ids of a commit already.

use super::{AppendError, AppendStatus, Appended, NewEvent};
use crate::event::{Payload, Recording};
use crate::id::{EventId, EventName, SchemaVersion, StreamId};

/// What a store has found under the ids of a commit.
#[derive(Default)]
pub(crate) struct Known {
    recordings: Vec<Recording>,
    first: Option<EventId>,
}

/// The content of an event that the store has, as far as it decides whether two events are the same.
pub(crate) struct Content<'a> {
    pub(crate) stream: &'a StreamId,
    pub(crate) name: &'a EventName,
    pub(crate) schema_version: SchemaVersion,
    pub(crate) payload: &'a Payload,
}

impl Known {
    /// Notes that the id of `event` is taken by an event with that content.
    pub(crate) fn add(&mut self, event: &NewEvent, stored: &Content<'_>, at: Recording) -> Result<(), AppendError> {
        let metadata = event.metadata();
        let same = stored.stream == metadata.stream()
            && stored.name == metadata.name()
            && stored.schema_version == metadata.schema_version()
            && stored.payload == event.payload();
        if !same {
            return Err(AppendError::EventIdReused { event_id: metadata.event_id() });
        }
        self.first.get_or_insert(metadata.event_id());
        self.recordings.push(at);
        Ok(())
    }

    /// The answer to a commit of `total` events, or `None` if it is new. A commit without events
    /// has never been there before.
    pub(crate) fn answer(self, total: usize) -> Result<Option<Appended>, AppendError> {
        let present = self.recordings.len();
        match self.first {
            None => Ok(None),
            Some(_) if present == total => Ok(Some(Appended::new(AppendStatus::Duplicate, self.recordings))),
            Some(first) => Err(AppendError::PartialDuplicate { present, total, first }),
        }
    }
}
