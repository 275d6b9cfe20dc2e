//! One letter, on its way into the store and out of it.

use chrono::{DateTime, Utc};

use super::{LetterId, LetterStatus};
use crate::handler::{Class, ErrorReport};
use crate::id::{CorrelationId, EventId, EventName, HandlerName, Position, SchemaVersion, StreamId};

/// A failed attempt: when, what sort, and the error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedAttempt {
    /// When it ended.
    pub at: DateTime<Utc>,
    /// What the failure means for trying again.
    pub class: Class,
    /// The error and its causes, as text.
    pub error: ErrorReport,
    /// Equal for failures of one sort: see [`FailedEvent::fingerprint`].
    pub fingerprint: u64,
}

/// A letter on its way into a store: a handler has failed on an event for the first time.
#[derive(Debug, Clone)]
pub struct NewLetter {
    /// The handler.
    pub handler: HandlerName,
    /// The event's id.
    pub event_id: EventId,
    /// The event's name.
    pub event: EventName,
    /// The schema version it was written with.
    pub schema_version: SchemaVersion,
    /// The event's stream.
    pub stream: StreamId,
    /// The event's place in the log.
    pub position: Position,
    /// The chain the event belongs to.
    pub correlation_id: CorrelationId,
    /// The `traceparent` of the event's trace.
    pub traceparent: Option<String>,
    /// The build of the program in which the handler failed.
    pub build: String,
    /// The failed attempt; `None` for a handler that asked to be called later.
    pub attempt: Option<FailedAttempt>,
    /// When the letter is written.
    pub at: DateTime<Utc>,
    /// When to try again; the letter is dead when `None`.
    pub next_attempt_at: Option<DateTime<Utc>>,
}

/// An event that a handler has failed on: one letter per handler and event.
#[derive(Debug, Clone, PartialEq)]
pub struct FailedEvent(Box<LetterParts>);

/// All parts of a [`FailedEvent`], for a backend that reads them from its store.
#[derive(Debug, Clone, PartialEq)]
pub struct LetterParts {
    /// The letter's number.
    pub id: LetterId,
    /// Where it stands.
    pub status: LetterStatus,
    /// The handler.
    pub handler: HandlerName,
    /// The event's id.
    pub event_id: EventId,
    /// The event's name.
    pub event: EventName,
    /// The schema version it was written with.
    pub schema_version: SchemaVersion,
    /// The event's stream.
    pub stream: StreamId,
    /// The event's place in the log.
    pub position: Position,
    /// The chain the event belongs to.
    pub correlation_id: CorrelationId,
    /// The `traceparent` of the event's trace.
    pub traceparent: Option<String>,
    /// The build of the program in which the handler failed last.
    pub build: String,
    /// What the last failure means for trying again.
    pub class: Class,
    /// The last error; `None` if the handler only asked to be called later.
    pub error: Option<ErrorReport>,
    /// Equal for failures of one sort.
    pub fingerprint: u64,
    /// How many attempts have failed in all.
    pub attempts: u32,
    /// How many of them came before the last redrive.
    pub attempts_before: u32,
    /// When the first attempt failed.
    pub first_failed_at: DateTime<Utc>,
    /// When the last attempt failed.
    pub last_failed_at: DateTime<Utc>,
    /// When to try again.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When it was resolved or discarded.
    pub closed_at: Option<DateTime<Utc>>,
}

impl From<LetterParts> for FailedEvent {
    fn from(parts: LetterParts) -> Self {
        Self(Box::new(parts))
    }
}

impl std::ops::Deref for FailedEvent {
    type Target = LetterParts;

    fn deref(&self) -> &LetterParts {
        &self.0
    }
}

impl FailedEvent {
    /// Equal for failures of one sort: same handler, class, type of error and event name.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        self.0.fingerprint
    }

    /// How many attempts have failed since the letter was written or redriven.
    #[must_use]
    pub fn attempts_in_cycle(&self) -> u32 {
        self.0.attempts.saturating_sub(self.0.attempts_before)
    }
}

/// One attempt of a letter, as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRecord {
    /// Its number, from 1.
    pub number: u32,
    /// The attempt.
    pub attempt: FailedAttempt,
}
