//! What a store answers, in a form in which all stores answer the same: positions and letters are
//! numbered from 1 in the order in which they were written, because a store may leave numbers out.

use chrono::{DateTime, Utc};
use events::event::Recording;
use events::prelude::*;
use events::store::{AppendStatus, AttemptRecord, FailedEvent, LetterStats, Operation, Snapshot, StoreStats};

/// What a store answers to one command.
#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    Appended(AppendStatus, Vec<Recording>),
    Refused(Refused),
    Events(Vec<Seen>),
    /// The events, where to go on, and how far the log was looked at.
    Page(Vec<Seen>, Option<u64>, u64),
    Number(u64),
    Stats(StoreStats),
    Snapshot(Option<Snapshot>),
    Letters(Vec<FailedEvent>),
    LetterIds(Vec<i64>),
    Attempts(Vec<AttemptRecord>),
    Time(Option<DateTime<Utc>>),
    LetterStats(LetterStats),
    Operations(Vec<Operation>),
    Yes(bool),
    Done,
}

/// Why a commit was refused.
#[derive(Debug, PartialEq)]
pub(crate) enum Refused {
    Conflict { stream: StreamId, expected: events::store::ExpectedVersion, actual: Version },
    PartialDuplicate { present: usize, total: usize, first: EventId },
    EventIdReused { event_id: EventId },
}

/// An event, and its data, which it doesn't show by itself.
#[derive(Debug, PartialEq)]
pub(crate) struct Seen {
    event: RecordedEvent,
    payload: String,
}

impl Seen {
    /// The event, as if it stood at that place in the log.
    pub(crate) fn new(event: &RecordedEvent, recording: Recording) -> Self {
        let payload = event.payload();
        let event = RecordedEvent::new(event.metadata().clone(), recording, payload.clone());
        Self { event, payload: payload.as_json().to_owned() }
    }
}
