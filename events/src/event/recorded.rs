//! An event as a store gives it back.

use super::{DecodeError, DomainEvent, EventData, EventMetadata, Payload, Recording};
use crate::id::{EventName, Position, SchemaVersion, StreamId, Version};

/// An event in a store: its metadata and its data as JSON, not yet read into a type.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(aggregate = "counter")]
/// # struct Counted { #[event(id)] counter: u64, by: u32 }
/// # use events::store::{Append, NewEvent};
/// use events::store::StreamQuery;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = EventStore::memory();
/// # let counted = Counted { counter: 7, by: 3 };
/// # let metadata = EventMetadata::new(&counted, &Context::new());
/// # store.append(Append::new().event(NewEvent::new(&counted, metadata)?)).await?;
/// for recorded in store.read_stream(&StreamId::new("counter", &7_u64), StreamQuery::new()).await? {
///     println!("{} {} {}", recorded.position(), recorded.name(), recorded.payload().as_json());
///     if recorded.is::<Counted>() {
///         assert_eq!(recorded.decode::<Counted>()?.by, 3);
///     }
/// }
/// # assert_eq!(store.stream_version(&StreamId::new("counter", &7_u64)).await?, Version::new(1));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedEvent {
    metadata: EventMetadata,
    recording: Recording,
    payload: Payload,
}

impl RecordedEvent {
    /// Puts together what a store has kept.
    #[must_use]
    pub fn new(mut metadata: EventMetadata, recording: Recording, payload: Payload) -> Self {
        metadata.set_recording(recording);
        Self { metadata, recording, payload }
    }

    /// What is known about this occurrence.
    #[must_use]
    pub fn metadata(&self) -> &EventMetadata {
        &self.metadata
    }

    /// The data as JSON.
    #[must_use]
    pub fn payload(&self) -> &Payload {
        &self.payload
    }

    /// The same event with other data.
    #[must_use]
    pub(crate) fn with_payload(self, payload: Payload) -> Self {
        Self { payload, ..self }
    }

    /// The part of it that a fold needs.
    #[must_use]
    pub fn data(&self) -> EventData<'_> {
        EventData {
            position: self.position(),
            version: self.version(),
            name: self.name(),
            schema_version: self.schema_version(),
            payload: self.payload.as_json(),
        }
    }

    /// The event's name.
    #[must_use]
    pub fn name(&self) -> &EventName {
        self.metadata.name()
    }

    /// The schema version it was written with.
    #[must_use]
    pub fn schema_version(&self) -> SchemaVersion {
        self.metadata.schema_version()
    }

    /// The stream it belongs to.
    #[must_use]
    pub fn stream(&self) -> &StreamId {
        self.metadata.stream()
    }

    /// Its place in the log.
    #[must_use]
    pub fn position(&self) -> Position {
        self.recording.position
    }

    /// Its place in its stream.
    #[must_use]
    pub fn version(&self) -> Version {
        self.recording.version
    }

    /// Reads the event into its type, through older versions where it was written by one.
    ///
    /// # Errors
    /// If it is another event, newer than the type, or its data doesn't fit.
    pub fn decode<E: DomainEvent>(&self) -> Result<E, DecodeError> {
        self.data().decode()
    }

    /// Whether it is an event of this type, in any version.
    #[must_use]
    pub fn is<E: DomainEvent>(&self) -> bool {
        self.data().is::<E>()
    }
}
