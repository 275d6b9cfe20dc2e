//! Reading: streams, the log, and what to pick from it.

use chrono::{DateTime, Utc};

use crate::event::{EventMetadata, RecordedEvent};
use crate::id::{AggregateName, CorrelationId, EventId, EventName, Position, StreamId, Version};

/// Which way to read.
///
/// ```
/// use events::store::{Direction, LogQuery, StreamQuery};
///
/// assert_eq!(StreamQuery::new().direction(), Direction::Forwards);
/// assert_eq!(LogQuery::new().before(None).direction(), Direction::Backwards);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Direction {
    /// Oldest first.
    #[default]
    Forwards,
    /// Newest first.
    Backwards,
}

/// Which part of a stream to read: all of it, oldest first, unless said otherwise.
///
/// ```
/// use events::store::StreamQuery;
/// use events::Version;
///
/// let last_ten = StreamQuery::new().backwards().with_limit(10);
/// let tail = StreamQuery::new().from(Version::new(101));
/// assert_eq!((last_ten.limit(), tail.lowest().value()), (10, 101));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct StreamQuery {
    from: Version,
    to: Version,
    direction: Direction,
    limit: usize,
}

impl Default for StreamQuery {
    fn default() -> Self {
        Self { from: Version::new(1), to: Version::new(u64::MAX), direction: Direction::Forwards, limit: usize::MAX }
    }
}

impl StreamQuery {
    /// All of the stream, oldest first.
    pub fn new() -> Self {
        Self::default()
    }

    /// No event before this version.
    pub fn from(mut self, version: Version) -> Self {
        self.from = version;
        self
    }

    /// No event after this version.
    pub fn to(mut self, version: Version) -> Self {
        self.to = version;
        self
    }

    /// Newest first.
    pub fn backwards(mut self) -> Self {
        self.direction = Direction::Backwards;
        self
    }

    /// At most so many events.
    pub fn with_limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// The lowest version, itself included.
    #[must_use]
    pub fn lowest(&self) -> Version {
        self.from
    }

    /// The highest version, itself included.
    #[must_use]
    pub fn highest(&self) -> Version {
        self.to
    }

    /// Which way to read.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// The most events to read.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }
}

/// Which events to pick; all that is set must hold. Times are those of recording.
///
/// ```
/// use events::store::EventFilter;
///
/// let payments = EventFilter::new().name("payment_processed").aggregate("subscription");
/// assert_eq!(payments.names()[0], "payment_processed");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct EventFilter {
    pub(crate) names: Vec<EventName>,
    pub(crate) aggregates: Vec<AggregateName>,
    pub(crate) stream: Option<StreamId>,
    pub(crate) recorded_from: Option<DateTime<Utc>>,
    pub(crate) recorded_until: Option<DateTime<Utc>>,
    pub(crate) correlation_id: Option<CorrelationId>,
    pub(crate) causation_id: Option<EventId>,
}

impl EventFilter {
    /// Every event.
    pub fn new() -> Self {
        Self::default()
    }

    /// Events of this name, or of another one that is named too.
    pub fn name(mut self, name: impl Into<EventName>) -> Self {
        self.names.push(name.into());
        self
    }

    /// Events of aggregates of this name, or of another one that is named too.
    pub fn aggregate(mut self, aggregate: impl Into<AggregateName>) -> Self {
        self.aggregates.push(aggregate.into());
        self
    }

    /// Events of this stream.
    pub fn stream(mut self, stream: StreamId) -> Self {
        self.stream = Some(stream);
        self
    }

    /// Events recorded at this time or later.
    pub fn recorded_from(mut self, time: DateTime<Utc>) -> Self {
        self.recorded_from = Some(time);
        self
    }

    /// Events recorded before this time.
    pub fn recorded_until(mut self, time: DateTime<Utc>) -> Self {
        self.recorded_until = Some(time);
        self
    }

    /// Events of this chain.
    pub fn correlation_id(mut self, id: impl Into<CorrelationId>) -> Self {
        self.correlation_id = Some(id.into());
        self
    }

    /// Events caused by this event.
    pub fn causation_id(mut self, id: EventId) -> Self {
        self.causation_id = Some(id);
        self
    }

    /// The names, if any were given.
    #[must_use]
    pub fn names(&self) -> &[EventName] {
        &self.names
    }

    /// The aggregates' names, if any were given.
    #[must_use]
    pub fn aggregates(&self) -> &[AggregateName] {
        &self.aggregates
    }

    /// Whether an event with that metadata is picked. What every backend's filter must agree with.
    #[must_use]
    pub fn matches(&self, metadata: &EventMetadata) -> bool {
        let recorded_at = metadata.recorded_at();
        (self.names.is_empty() || self.names.contains(metadata.name()))
            && (self.aggregates.is_empty() || self.aggregates.contains(metadata.stream().aggregate()))
            && self.stream.as_ref().is_none_or(|stream| stream == metadata.stream())
            && self.recorded_from.is_none_or(|from| recorded_at.is_some_and(|time| time >= from))
            && self.recorded_until.is_none_or(|until| recorded_at.is_some_and(|time| time < until))
            && self.correlation_id.is_none_or(|id| id == metadata.correlation_id())
            && self.causation_id.is_none_or(|id| Some(id) == metadata.causation_id())
    }
}

/// Which part of the log to read: all of it, oldest first, a page of 1,000, unless said otherwise.
///
/// ```
/// use events::store::{EventFilter, LogQuery};
/// use events::Position;
///
/// let query = LogQuery::new().after(Position::new(41)).with_filter(EventFilter::new().name("meal_logged"));
/// assert_eq!((query.start(), query.limit()), (Some(Position::new(41)), 1_000));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct LogQuery {
    start: Option<Position>,
    direction: Direction,
    filter: EventFilter,
    limit: usize,
}

impl Default for LogQuery {
    fn default() -> Self {
        Self { start: None, direction: Direction::Forwards, filter: EventFilter::new(), limit: 1_000 }
    }
}

impl LogQuery {
    /// The first page of the log.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forwards, only what comes after this position.
    pub fn after(mut self, position: Position) -> Self {
        self.start = Some(position);
        self.direction = Direction::Forwards;
        self
    }

    /// Backwards, only what comes before this position; `None` begins at the end of the log.
    pub fn before(mut self, position: Option<Position>) -> Self {
        self.start = position;
        self.direction = Direction::Backwards;
        self
    }

    /// Only events that match.
    pub fn with_filter(mut self, filter: EventFilter) -> Self {
        self.filter = filter;
        self
    }

    /// At most so many events; with zero the page is empty and says nothing about the log.
    pub fn with_limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Where to begin, itself excluded; an end of the log when `None`.
    #[must_use]
    pub fn start(&self) -> Option<Position> {
        self.start
    }

    /// Which way to read.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// Which events to pick.
    pub fn filter(&self) -> &EventFilter {
        &self.filter
    }

    /// The most events to read.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }
}

/// A page of the log.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use events::store::{Append, EventFilter, LogQuery, NewEvent};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = EventStore::memory();
/// for _ in 0..3 {
///     let event = NewEvent::new(&Ping, EventMetadata::new(&Ping, &Context::new()))?;
///     store.append(Append::new().event(event)).await?;
/// }
/// let newest = store.read_log(LogQuery::new().before(None).with_limit(2)).await?;
/// let before = store.read_log(LogQuery::new().before(newest.next())).await?;
/// assert_eq!((newest.events().len(), before.events().len()), (2, 1));
/// assert!(before.next().is_none(), "the beginning of the log");
///
/// let others = store.read_log(LogQuery::new().with_filter(EventFilter::new().name("pong"))).await?;
/// assert!(others.events().is_empty() && others.through().value() == 3, "looked at, and left out");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LogPage {
    events: Vec<RecordedEvent>,
    next: Option<Position>,
    through: Position,
}

impl LogPage {
    /// A page; `next` is the position to go on from, or `None` when the page has reached the end, and
    /// `through` how far the log was looked at.
    #[must_use]
    pub fn new(events: Vec<RecordedEvent>, next: Option<Position>, through: Position) -> Self {
        Self { events, next, through }
    }

    /// The events, in the direction of the query.
    #[must_use]
    pub fn events(&self) -> &[RecordedEvent] {
        &self.events
    }

    /// Where to go on (`after` or `before` of the next query), or `None` when this page has reached
    /// the end of the log as it was.
    #[must_use]
    pub fn next(&self) -> Option<Position> {
        self.next
    }

    /// How far the log was looked at, whether or not events there match: up to the last event of a
    /// page that has others after it, otherwise to the end of the log as it was.
    ///
    /// A reader that follows the log goes on `after` it, and neither misses an event nor looks twice
    /// at those that its filter leaves out. Backwards, nothing before it was looked at.
    #[must_use]
    pub fn through(&self) -> Position {
        self.through
    }

    /// Takes the events out.
    #[must_use]
    pub fn into_events(self) -> Vec<RecordedEvent> {
        self.events
    }
}
