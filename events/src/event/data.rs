//! What folding an event takes: its data and its place, without the rest of its metadata.

use std::fmt;

use super::{DecodeError, DecodeReason, DomainEvent};
use crate::id::{EventName, Position, SchemaVersion, Version};

/// The data of an event in a store, and where it stands there.
///
/// It is what state is made from. Stores read it in half the time that whole
/// [`RecordedEvent`](super::RecordedEvent)s take, and without an allocation per event.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(aggregate = "counter")]
/// # struct Counted { #[event(id)] counter: u64, by: u32 }
/// use events::event::EventData;
/// use events::{EventName, Position, SchemaVersion, Version};
///
/// let data = EventData {
///     position: Position::new(12),
///     version: Version::new(3),
///     name: &EventName::from_static("counted"),
///     schema_version: SchemaVersion::new(1),
///     payload: r#"{"counter":7,"by":3}"#,
/// };
/// assert_eq!(data.decode::<Counted>().unwrap().by, 3);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EventData<'a> {
    /// Its place in the log.
    pub position: Position,
    /// Its place in its stream.
    pub version: Version,
    /// The event's name.
    pub name: &'a EventName,
    /// The schema version it was written with.
    pub schema_version: SchemaVersion,
    /// The data as JSON.
    pub payload: &'a str,
}

impl EventData<'_> {
    /// Reads the event into its type, through older versions where it was written by one.
    ///
    /// # Errors
    /// If it is another event, newer than the type, or its data doesn't fit.
    pub fn decode<E: DomainEvent>(&self) -> Result<E, DecodeError> {
        if !self.is::<E>() {
            return Err(self.error(DecodeReason::OtherEvent { asked: E::DESCRIPTOR.name() }));
        }
        E::decode(self.schema_version, self.payload).map_err(|error| error.at(Some(self.position)))
    }

    /// Whether it is an event of this type, in any version.
    #[must_use]
    pub fn is<E: DomainEvent>(&self) -> bool {
        self.name == E::DESCRIPTOR.name()
    }

    /// Why this event can't be read.
    pub(crate) fn error(&self, reason: DecodeReason) -> DecodeError {
        DecodeError::new(self.name, self.schema_version, reason).at(Some(self.position))
    }
}

/// Shows which event it is, and not its data.
impl fmt::Debug for EventData<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventData")
            .field("position", &self.position.value())
            .field("version", &self.version.value())
            .field("name", &self.name)
            .field("schema_version", &self.schema_version.value())
            .finish_non_exhaustive()
    }
}
