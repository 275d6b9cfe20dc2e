//! What has happened to an aggregate.

use std::fmt;

use chrono::{DateTime, Utc};

use super::Aggregate;
use crate::event::EventMetadata;
use crate::id::Version;

/// Up to where to load an aggregate: a version, or a time of recording.
///
/// ```
/// use events::Version;
/// use events::sourcing::PointInTime;
///
/// assert_eq!(PointInTime::from(Version::new(3)), PointInTime::Version(Version::new(3)));
/// assert!(matches!(chrono::Utc::now().into(), PointInTime::Time(_)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PointInTime {
    /// Up to and with that version.
    Version(Version),
    /// Up to and with what was recorded at that time.
    Time(DateTime<Utc>),
}

impl From<Version> for PointInTime {
    fn from(version: Version) -> Self {
        Self::Version(version)
    }
}

impl From<DateTime<Utc>> for PointInTime {
    fn from(time: DateTime<Utc>) -> Self {
        Self::Time(time)
    }
}

/// One event in an aggregate's history.
///
/// ```
/// # use events::prelude::*;
/// # #[derive(serde::Serialize, serde::Deserialize, DomainEvent)]
/// # #[event(aggregate = "counter")]
/// # struct Counted { #[event(id)] counter: u64, by: u32 }
/// # #[derive(Default, serde::Serialize, serde::Deserialize)]
/// # struct Counter { total: u32 }
/// # #[aggregate(name = "counter")]
/// # impl Counter { #[when] fn counted(&mut self, event: &Counted) { self.total += event.by; } }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let counter = EventSourcing::new(EventStore::memory()).with(Context::actor("ada")).aggregate::<Counter>(7);
/// # counter.execute(|_| Ok::<_, events::Error>(Counted { counter: 7, by: 3 })).await?;
/// let first = counter.history().await?.remove(0);
/// let CounterEvent::Counted(event) = first.event;
/// assert_eq!((event.by, first.metadata.actor().unwrap().as_str()), (3, "ada"));
/// # Ok(())
/// # }
/// ```
pub struct RecordedChange<A: Aggregate> {
    /// Who, when and why.
    pub metadata: EventMetadata,
    /// The event.
    pub event: A::Event,
}

/// Shows ids and names, never the event's data.
impl<A: Aggregate> fmt::Debug for RecordedChange<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedChange").field("metadata", &self.metadata).finish_non_exhaustive()
    }
}
