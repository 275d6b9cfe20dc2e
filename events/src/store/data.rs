//! Pages of events without their metadata.

use std::fmt;

use crate::event::{EventData, EventMetadata, RecordedEvent};
use crate::id::{EventName, Position, SchemaVersion, Version};

/// Events of a stream or of the log without their metadata: what a fold needs of them.
///
/// All payloads are in one text and every name is there once, so that a page of a thousand events
/// is a few allocations.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(aggregate = "counter")]
/// # struct Counted { #[event(id)] counter: u64, by: u32 }
/// use events::store::{Append, LogQuery, NewEvent};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = EventStore::memory();
/// for by in 1..=3 {
///     let event = Counted { counter: 7, by };
///     let metadata = EventMetadata::new(&event, &Context::new());
///     store.append(Append::new().event(NewEvent::new(&event, metadata)?)).await?;
/// }
/// let (mut query, mut total) = (LogQuery::new().with_limit(2), 0);
/// loop {
///     let page = store.read_log_data(query.clone()).await?;
///     for event in page.events() {
///         total += event.decode::<Counted>()?.by;
///     }
///     if !page.has_more() {
///         break;
///     }
///     query = query.after(page.through());
/// }
/// assert_eq!(total, 6);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct DataPage {
    names: Vec<EventName>,
    events: Vec<Slot>,
    payloads: String,
    has_more: bool,
    through: Position,
    last: Option<EventMetadata>,
}

/// Where an event's parts are. Its payload begins where that of the event before it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Slot {
    position: Position,
    version: Version,
    end: usize,
    name: usize,
    schema_version: SchemaVersion,
}

impl DataPage {
    /// A page without events, which has reached the end.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an event.
    pub fn push(&mut self, event: EventData<'_>) {
        let name = self.name_of(event.name.as_str().as_bytes());
        let name = name.unwrap_or_else(|| self.add_name(event.name.clone()));
        self.add(event.position, event.version, name, event.schema_version, event.payload);
    }

    /// Says that events may follow the last one of this page.
    #[must_use]
    pub fn with_more(mut self, has_more: bool) -> Self {
        self.has_more = has_more;
        self
    }

    /// Says how far the log was looked at.
    #[must_use]
    pub fn with_through(mut self, through: Position) -> Self {
        self.through = through;
        self
    }

    /// Adds the metadata of the last event.
    #[must_use]
    pub fn with_last(mut self, last: Option<EventMetadata>) -> Self {
        self.last = last;
        self
    }

    /// The events, in the direction of the query.
    #[must_use]
    pub fn events(&self) -> impl ExactSizeIterator<Item = EventData<'_>> {
        let mut begin = 0;
        self.events.iter().map(move |slot| {
            // There is such a name and such a part: nothing but `add` makes slots.
            const UNNAMED: &EventName = &EventName::from_static("");
            let payload = self.payloads.get(begin..slot.end).unwrap_or_default();
            begin = slot.end;
            EventData {
                position: slot.position,
                version: slot.version,
                name: self.names.get(slot.name).unwrap_or(UNNAMED),
                schema_version: slot.schema_version,
                payload,
            }
        })
    }

    /// How many events there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The version of the last event, as it stands in its stream.
    #[must_use]
    pub fn last_version(&self) -> Option<Version> {
        self.events.last().map(|slot| slot.version)
    }

    /// The position of the last event.
    #[must_use]
    pub fn last_position(&self) -> Option<Position> {
        self.events.last().map(|slot| slot.position)
    }

    /// Whether events may follow the last one of this page.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.has_more
    }

    /// How far the log was looked at, as [`LogPage::through`](super::LogPage::through) says it. Of no
    /// meaning for a page of a stream.
    #[must_use]
    pub fn through(&self) -> Position {
        self.through
    }

    /// The metadata of the last event of a page of a stream.
    #[must_use]
    pub fn last(&self) -> Option<&EventMetadata> {
        self.last.as_ref()
    }

    /// The number of a name that the page has.
    pub(crate) fn name_of(&self, name: &[u8]) -> Option<usize> {
        // Most streams have a few names, and most events that of one shortly before them.
        self.names.iter().position(|known| known.as_str().as_bytes() == name)
    }

    pub(crate) fn add_name(&mut self, name: EventName) -> usize {
        self.names.push(name);
        self.names.len() - 1
    }

    /// Adds an event by the number of its name.
    pub(crate) fn add(&mut self, position: Position, version: Version, name: usize, schema: SchemaVersion, data: &str) {
        self.payloads.push_str(data);
        let end = self.payloads.len();
        self.events.push(Slot { position, version, end, name, schema_version: schema });
    }

    /// How many bytes the payloads have together.
    #[cfg(feature = "sqlite")]
    pub(crate) fn bytes(&self) -> usize {
        self.payloads.len()
    }
}

impl<'e> FromIterator<&'e RecordedEvent> for DataPage {
    fn from_iter<I: IntoIterator<Item = &'e RecordedEvent>>(events: I) -> Self {
        let mut page = Self::new();
        events.into_iter().for_each(|event| page.push(event.data()));
        page
    }
}

/// Shows how many events there are, and not their data.
impl fmt::Debug for DataPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataPage")
            .field("events", &self.events.len())
            .field("has_more", &self.has_more)
            .field("through", &self.through)
            .finish_non_exhaustive()
    }
}
