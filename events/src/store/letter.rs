//! Letters: what the store knows about an event that a handler has failed on.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::handler::{Class, ErrorReport};
use crate::id::{CorrelationId, EventId, EventName, HandlerName, Position, SchemaVersion, StreamId};

/// The number of a letter in its store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LetterId(i64);

impl LetterId {
    /// Wraps a number.
    #[must_use]
    pub const fn new(id: i64) -> Self {
        Self(id)
    }

    /// The number itself.
    #[must_use]
    pub const fn value(self) -> i64 {
        self.0
    }
}

impl fmt::Display for LetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Where a letter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LetterStatus {
    /// It waits for its next attempt.
    Retrying,
    /// Its attempts are used up: an operator decides.
    Dead,
    /// A later attempt has succeeded.
    Resolved,
    /// An operator has given it up.
    Discarded,
}

impl LetterStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Retrying, Self::Dead, Self::Resolved, Self::Discarded];

    /// The status as one word, as the store keeps it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retrying => "retrying",
            Self::Dead => "dead",
            Self::Resolved => "resolved",
            Self::Discarded => "discarded",
        }
    }

    /// Whether nothing is left to do.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Resolved | Self::Discarded)
    }
}

impl fmt::Display for LetterStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

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

/// Which letters to pick; all that is set must hold.
///
/// ```
/// use events::store::{LetterQuery, LetterStatus};
///
/// let dead = LetterQuery::new().status(LetterStatus::Dead).handler("send_welcome");
/// # let _ = dead;
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct LetterQuery {
    pub(crate) ids: Vec<LetterId>,
    pub(crate) statuses: Vec<LetterStatus>,
    pub(crate) handler: Option<HandlerName>,
    pub(crate) event: Option<EventName>,
    pub(crate) event_ids: Vec<EventId>,
    pub(crate) class: Option<Class>,
    pub(crate) fingerprint: Option<u64>,
    pub(crate) after: Option<LetterId>,
    pub(crate) limit: Option<usize>,
}

impl LetterQuery {
    /// Every letter.
    pub fn new() -> Self {
        Self::default()
    }

    /// The letter of this number, or another one that is given too.
    pub fn id(mut self, id: LetterId) -> Self {
        self.ids.push(id);
        self
    }

    /// Letters of this status, or of another one that is given too.
    pub fn status(mut self, status: LetterStatus) -> Self {
        self.statuses.push(status);
        self
    }

    /// Letters of this handler.
    pub fn handler(mut self, handler: impl Into<HandlerName>) -> Self {
        self.handler = Some(handler.into());
        self
    }

    /// Letters about events of this name.
    pub fn event(mut self, event: impl Into<EventName>) -> Self {
        self.event = Some(event.into());
        self
    }

    /// Letters about this event, or another one that is given too.
    pub fn event_id(mut self, id: EventId) -> Self {
        self.event_ids.push(id);
        self
    }

    /// Letters whose last failure is of this class.
    pub fn class(mut self, class: Class) -> Self {
        self.class = Some(class);
        self
    }

    /// Letters of one sort of failure.
    pub fn fingerprint(mut self, fingerprint: u64) -> Self {
        self.fingerprint = Some(fingerprint);
        self
    }

    /// Letters after this one: the next page.
    pub fn after(mut self, id: LetterId) -> Self {
        self.after = Some(id);
        self
    }

    /// At most so many letters.
    pub fn with_limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Whether a letter is picked, the limit aside. What every backend's filter must agree with.
    #[must_use]
    pub fn matches(&self, letter: &FailedEvent) -> bool {
        (self.ids.is_empty() || self.ids.contains(&letter.id))
            && (self.statuses.is_empty() || self.statuses.contains(&letter.status))
            && self.handler.as_ref().is_none_or(|handler| *handler == letter.handler)
            && self.event.as_ref().is_none_or(|event| *event == letter.event)
            && (self.event_ids.is_empty() || self.event_ids.contains(&letter.event_id))
            && self.class.is_none_or(|class| class == letter.class)
            && self.fingerprint.is_none_or(|fingerprint| fingerprint == letter.fingerprint())
            && self.after.is_none_or(|after| letter.id > after)
    }
}

/// A request for letters that are due.
#[derive(Debug, Clone)]
pub struct ClaimLetters {
    /// The handlers that the caller can run.
    pub handlers: Vec<HandlerName>,
    /// The time now: letters due at it or before are taken.
    pub now: DateTime<Utc>,
    /// Who takes them; names the lease.
    pub owner: String,
    /// When the lease ends.
    pub lease_until: DateTime<Utc>,
    /// The most letters to take.
    pub limit: usize,
}

/// What came of an attempt at a letter.
#[derive(Debug, Clone)]
pub struct FinishAttempt {
    /// The letter.
    pub id: LetterId,
    /// Who holds the lease.
    pub owner: String,
    /// When the attempt ended.
    pub at: DateTime<Utc>,
    /// The build of the program that made the attempt.
    pub build: String,
    /// What came of it.
    pub outcome: AttemptOutcome,
}

/// What came of an attempt at a letter.
#[derive(Debug, Clone)]
pub enum AttemptOutcome {
    /// The handler succeeded.
    Resolved,
    /// The handler failed; the letter is dead when there is no next attempt.
    Failed {
        /// The attempt.
        attempt: FailedAttempt,
        /// When to try again.
        next_attempt_at: Option<DateTime<Utc>>,
    },
    /// The attempt didn't count: the handler asked to be called later, or couldn't be called.
    Postponed {
        /// When to try again.
        until: DateTime<Utc>,
    },
}

/// What an operator does to letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LetterAction {
    /// Try again now: a dead letter is retrying again with all its attempts, a retrying one is due.
    Redrive,
    /// Give up a retrying or dead letter.
    Discard,
    /// Make a discarded letter dead again.
    Restore,
}

impl LetterAction {
    /// The action as one word, as the store keeps it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Redrive => "redrive",
            Self::Discard => "discard",
            Self::Restore => "restore",
        }
    }

    /// Whether the action can be done to a letter of that status.
    #[must_use]
    pub const fn applies_to(self, status: LetterStatus) -> bool {
        match self {
            Self::Redrive | Self::Discard => matches!(status, LetterStatus::Retrying | LetterStatus::Dead),
            Self::Restore => matches!(status, LetterStatus::Discarded),
        }
    }
}

/// A change to all letters that match, with its audit row.
#[derive(Debug, Clone)]
pub struct LetterChange {
    /// What to do.
    pub action: LetterAction,
    /// To which letters.
    pub letters: LetterQuery,
    /// Who asks for it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// An audit row: what an operator has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// What was done.
    pub action: LetterAction,
    /// Who did it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The letters that were changed.
    pub letters: Vec<LetterId>,
}

/// Counts of letters, computed from the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LetterStats {
    /// How many letters there are of each status.
    pub by_status: BTreeMap<LetterStatus, u64>,
    /// How many letters there are of each handler and status.
    pub by_handler: BTreeMap<HandlerName, BTreeMap<LetterStatus, u64>>,
    /// When the oldest letter that is not closed was written.
    pub oldest_open: Option<DateTime<Utc>>,
}
