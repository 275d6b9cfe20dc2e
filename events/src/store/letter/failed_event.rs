//! One letter, on its way into the store and out of it.

use chrono::{DateTime, Utc};

use super::{LetterId, LetterStatus};
use crate::event::Payload;
use crate::handler::{Class, ErrorReport};
use crate::id::{CorrelationId, EventId, EventName, HandlerName, Position, SchemaVersion, StreamId};
use crate::store::{LetterLane, OperationId};

/// A failed attempt: when, what sort, and the error.
///
/// ```
/// use events::HandlerError;
/// use events::store::FailedAttempt;
///
/// let error = HandlerError::transient("the server is busy");
/// let attempt = FailedAttempt { at: Default::default(), class: error.class(), error: error.report(), fingerprint: 1 };
/// assert_eq!(attempt.error.to_string(), "the server is busy");
/// ```
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
///
/// A custom [`StorageBackend`](crate::store::StorageBackend) writes it, and gives it back as a [`FailedEvent`]:
///
/// ```
/// use events::store::{LetterQuery, LetterStatus, MemoryBackend, NewLetter, StorageBackend};
/// use events::{EventId, Position, SchemaVersion, StreamId};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let event_id = EventId::now();
/// let letter = NewLetter {
///     handler: "welcome".into(),
///     event_id,
///     event: "user_registered".into(),
///     schema_version: SchemaVersion::new(1),
///     stream: StreamId::new("user", &7_u64),
///     position: Position::new(1),
///     correlation_id: event_id.into(),
///     traceparent: None,
///     lane: None,
///     build: "1.4.2".into(),
///     attempt: None,
///     at: Default::default(),
///     next_attempt_at: None,
/// };
/// let backend = MemoryBackend::new();
/// let ids = backend.write_letters(vec![letter]).await?;
/// let kept = backend.letters(LetterQuery::new().id(ids[0])).await?;
/// assert_eq!((kept[0].status, kept[0].attempts), (LetterStatus::Dead, 0));
/// # Ok(())
/// # }
/// ```
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
    /// Where it belongs, if the handler is durable.
    pub lane: Option<LetterLane>,
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
///
/// ```standalone_crate
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use events::store::{LetterQuery, LetterStatus};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).retry(RetryPolicy::never()).build()?;
/// let subscription = app.subscribe(|_: &Ping| Err::<(), _>("the server is busy"));
/// app.publish(Ping).await?;
/// let letter = &app.dead_letters().list(LetterQuery::new()).await?[0];
/// assert_eq!((&letter.handler, letter.attempts), (subscription.name(), 1));
/// assert_eq!(letter.status, LetterStatus::Dead);
/// assert_eq!(letter.error.as_ref().unwrap().to_string(), "the server is busy");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FailedEvent(Box<LetterParts>);

/// All parts of a [`FailedEvent`], for a backend that reads them from its store.
///
/// ```
/// use events::store::{FailedEvent, LetterId, LetterParts, LetterStatus};
/// # use events::{Class, EventId, Position, SchemaVersion, StreamId};
/// # let event_id = EventId::now();
/// # let time = chrono::DateTime::<chrono::Utc>::default();
///
/// let letter = FailedEvent::from(LetterParts {
///     id: LetterId::new(1),
///     status: LetterStatus::Retrying,
///     attempts: 9,
///     attempts_before: 8,
///     // … and so on for each column
/// #     handler: "welcome".into(), event_id, event: "user_registered".into(), class: Class::Transient,
/// #     schema_version: SchemaVersion::new(1), stream: StreamId::new("user", &7_u64), position: Position::new(1),
/// #     correlation_id: event_id.into(), traceparent: None, lane: None, build: String::new(), error: None, fingerprint: 0,
/// #     first_failed_at: time, last_failed_at: time, next_attempt_at: Some(time), closed_at: None,
/// #     held: false, run: None, edited: None,
/// });
/// assert_eq!(letter.attempts_in_cycle(), 1);
/// ```
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
    /// Where it belongs, if the handler is durable.
    pub lane: Option<LetterLane>,
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
    /// Whether what waits behind it goes on waiting, though it was discarded.
    pub held: bool,
    /// The run that it belongs to, or belonged to last; none once it was redriven by itself.
    pub run: Option<OperationId>,
    /// The data that its event is handled with instead of those in the log.
    pub edited: Option<Payload>,
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

/// One failed attempt of a letter, as the store keeps it.
///
/// ```standalone_crate
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use events::store::LetterQuery;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?;
/// app.subscribe(|_: &Ping| Err::<(), _>("the server is busy"));
/// app.publish(Ping).await?;
/// let letters = app.dead_letters();
/// let letter = &letters.list(LetterQuery::new()).await?[0];
/// let attempts = letters.attempts(letter.id).await?;
/// assert_eq!((attempts.len(), attempts[0].number), (1, 1));
/// assert_eq!(attempts[0].attempt.class, Class::Transient);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRecord {
    /// Its number, from 1.
    pub number: u32,
    /// The attempt.
    pub attempt: FailedAttempt,
}
