//! What has happened to an aggregate.

use std::fmt;

use chrono::{DateTime, Utc};

use super::Aggregate;
use crate::event::EventMetadata;
use crate::id::Version;

/// Up to where to load an aggregate: a version, or a time of recording.
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
