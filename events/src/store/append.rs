//! Appending: what goes in, what comes back, what is refused.

use std::fmt;

use chrono::{DateTime, Utc};

use super::Refusal;
use crate::error::{Error, ErrorKind};
use crate::event::{EncodeError, ErasedEvent, EventMetadata, Payload, Recording};
use crate::id::{EventId, StreamId, Version};

/// What the writer believes about a stream.
///
/// ```
/// use events::Version;
/// use events::store::ExpectedVersion;
///
/// assert!(ExpectedVersion::NoStream.accepts(Version::ZERO));
/// assert!(ExpectedVersion::Exact(Version::new(3)).accepts(Version::new(3)));
/// assert!(!ExpectedVersion::Exact(Version::new(3)).accepts(Version::new(4)));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExpectedVersion {
    /// Nothing.
    #[default]
    Any,
    /// It has no events.
    NoStream,
    /// It has events.
    Exists,
    /// Its last event has this version; [`Version::ZERO`] is the same as [`NoStream`](Self::NoStream).
    Exact(Version),
}

impl ExpectedVersion {
    /// Whether a stream with that last version is as expected.
    #[must_use]
    pub fn accepts(self, actual: Version) -> bool {
        match self {
            Self::Any => true,
            Self::NoStream => actual == Version::ZERO,
            Self::Exists => actual > Version::ZERO,
            Self::Exact(version) => actual == version,
        }
    }
}

impl fmt::Display for ExpectedVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any version"),
            Self::NoStream => f.write_str("no stream"),
            Self::Exists => f.write_str("an existing stream"),
            Self::Exact(version) => write!(f, "version {version}"),
        }
    }
}

/// An event on its way into a store.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(aggregate = "counter")]
/// # struct Counted { #[event(id)] counter: u64, by: u32 }
/// use events::store::NewEvent;
///
/// let event = Counted { counter: 7, by: 3 };
/// let event = NewEvent::new(&event, EventMetadata::new(&event, &Context::actor("ada"))).unwrap();
/// assert_eq!(event.payload().as_json(), r#"{"counter":7,"by":3}"#);
/// assert_eq!(event.metadata().actor().unwrap(), &"ada");
/// ```
#[derive(Debug, Clone)]
pub struct NewEvent {
    metadata: EventMetadata,
    payload: Payload,
}

impl NewEvent {
    /// An event with its metadata, its data written as JSON.
    ///
    /// # Errors
    /// If the event's `Serialize` implementation fails.
    pub fn new(event: &dyn ErasedEvent, metadata: EventMetadata) -> Result<Self, EncodeError> {
        Ok(Self { metadata, payload: event.encode()? })
    }

    /// What is known about the occurrence.
    #[must_use]
    pub fn metadata(&self) -> &EventMetadata {
        &self.metadata
    }

    /// The data as JSON.
    #[must_use]
    pub fn payload(&self) -> &Payload {
        &self.payload
    }

    /// Takes it apart.
    #[must_use]
    pub fn into_parts(self) -> (EventMetadata, Payload) {
        (self.metadata, self.payload)
    }
}

/// One commit: events in the order in which they happened, and what is expected of their streams.
///
/// ```
/// use events::prelude::*;
/// use events::store::{Append, ExpectedVersion, NewEvent};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(aggregate = "user")]
/// struct UserRenamed { #[event(id)] user_id: u64, name: String }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = EventStore::memory();
/// let event = UserRenamed { user_id: 7, name: "Ada".into() };
/// let metadata = EventMetadata::new(&event, &Context::new());
/// let stream = metadata.stream().clone();
/// let append = Append::new().event(NewEvent::new(&event, metadata)?).expect(stream, ExpectedVersion::NoStream);
/// let appended = store.append(append).await?;
/// assert_eq!(appended.recordings()[0].version.value(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Append {
    events: Vec<NewEvent>,
    expected: Vec<(StreamId, ExpectedVersion)>,
    recorded_at: DateTime<Utc>,
}

impl Append {
    /// A commit without events, which does nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an event behind the others.
    pub fn event(mut self, event: NewEvent) -> Self {
        self.events.push(event);
        self
    }

    /// Says what is expected of a stream before the commit; said twice of one stream, the last counts.
    pub fn expect(mut self, stream: StreamId, expected: ExpectedVersion) -> Self {
        self.expected.retain(|(known, _)| *known != stream);
        self.expected.push((stream, expected));
        self
    }

    /// Stamps the commit with the time of writing; [`EventStore`](super::EventStore) does it.
    pub(crate) fn at(mut self, recorded_at: DateTime<Utc>) -> Self {
        self.recorded_at = recorded_at;
        self
    }

    /// The events, in order.
    #[must_use]
    pub fn events(&self) -> &[NewEvent] {
        &self.events
    }

    /// What is expected of a stream.
    #[must_use]
    pub fn expected(&self, stream: &StreamId) -> ExpectedVersion {
        self.expected.iter().find(|(known, _)| known == stream).map(|(_, expected)| *expected).unwrap_or_default()
    }

    /// All expectations, in the order in which they were said. A stream may be among them without events: it is
    /// checked all the same.
    pub fn expectations(&self) -> impl Iterator<Item = (&StreamId, ExpectedVersion)> {
        self.expected.iter().map(|(stream, expected)| (stream, *expected))
    }

    /// When the commit is written.
    #[must_use]
    pub fn recorded_at(&self) -> DateTime<Utc> {
        self.recorded_at
    }

    /// Takes the events out.
    #[must_use]
    pub fn into_events(self) -> Vec<NewEvent> {
        self.events
    }
}

/// Whether a commit was written now or earlier.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use events::store::{Append, AppendStatus, NewEvent};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = EventStore::memory();
/// let event = NewEvent::new(&Ping, EventMetadata::new(&Ping, &Context::new()))?;
/// let append = Append::new().event(event);
/// assert_eq!(store.append(append.clone()).await?.status(), AppendStatus::Committed);
/// // The answer got lost on its way, so the writer tries again.
/// assert_eq!(store.append(append).await?.status(), AppendStatus::Duplicate);
/// assert_eq!(store.stats().await?.events, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AppendStatus {
    /// Now.
    Committed,
    /// Earlier, by a commit with the same event ids and the same content.
    Duplicate,
}

/// Where the events of a commit are.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use events::store::{Append, NewEvent};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let new = || NewEvent::new(&Ping, EventMetadata::new(&Ping, &Context::new()));
/// let appended = EventStore::memory().append(Append::new().event(new()?).event(new()?)).await?;
/// let positions = appended.recordings().iter().map(|recording| recording.position.value());
/// assert!(positions.eq([1, 2]));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    status: AppendStatus,
    recordings: Vec<Recording>,
}

impl Appended {
    /// The answer to an append: one recording per event, in the order of the commit.
    #[must_use]
    pub fn new(status: AppendStatus, recordings: Vec<Recording>) -> Self {
        Self { status, recordings }
    }

    /// Whether it was written now or earlier.
    #[must_use]
    pub fn status(&self) -> AppendStatus {
        self.status
    }

    /// Where each event is, in the order of the commit.
    #[must_use]
    pub fn recordings(&self) -> &[Recording] {
        &self.recordings
    }
}

/// A commit that was refused. Nothing of it was written.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(aggregate = "counter")]
/// # struct Counted { #[event(id)] counter: u64, by: u32 }
/// use events::store::{Append, AppendError, ExpectedVersion, NewEvent};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = EventStore::memory();
/// let event = Counted { counter: 7, by: 3 };
/// let metadata = EventMetadata::new(&event, &Context::new());
/// let append = Append::new().expect(metadata.stream().clone(), ExpectedVersion::Exists);
/// match store.append(append.event(NewEvent::new(&event, metadata)?)).await {
///     Err(AppendError::Conflict { stream, actual, .. }) => {
///         assert_eq!((stream.to_string(), actual), ("counter/7".to_owned(), Version::ZERO));
///     }
///     other => panic!("there is no such stream: {other:?}"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// A stream isn't where the writer believed it to be.
    #[error("stream `{stream}` is at version {actual}, expected was {expected}")]
    Conflict {
        /// The stream.
        stream: StreamId,
        /// What the writer expected.
        expected: ExpectedVersion,
        /// The version of its last event.
        actual: Version,
    },
    /// Some events of the commit are in the store already, others are not.
    #[error("{present} of the {total} events of the commit are in the store already, the first is {first}")]
    PartialDuplicate {
        /// How many are there.
        present: usize,
        /// How many events the commit has.
        total: usize,
        /// The first of those that are there.
        first: EventId,
    },
    /// The event's id is taken by an event with other content, or stands twice in the commit.
    #[error("event id {event_id} is taken by another event")]
    EventIdReused {
        /// The id.
        event_id: EventId,
    },
    /// The commit has something that no store would keep.
    #[error("the commit can't be kept")]
    Refused(#[source] Refusal),
    /// An event can't be written as JSON.
    #[error("an event of the commit can't be written")]
    Encode(#[source] EncodeError),
    /// The store has failed.
    #[error("the store has failed")]
    Store(#[source] Error),
}

impl AppendError {
    /// Whether another writer was faster.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }
}

impl From<Error> for AppendError {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<AppendError> for Error {
    fn from(error: AppendError) -> Self {
        let kind = match &error {
            AppendError::Conflict { .. } => ErrorKind::Conflict,
            AppendError::PartialDuplicate { .. }
            | AppendError::EventIdReused { .. }
            | AppendError::Refused(_)
            | AppendError::Encode(_) => ErrorKind::Invalid,
            AppendError::Store(error) => error.kind(),
        };
        Self::new(kind, "the events weren't recorded").with_source(error)
    }
}
