//! A state kept beside its stream, so that loading needs fewer events.

use chrono::{DateTime, Utc};

use crate::event::Payload;
use crate::id::{StreamId, Version};

/// The state of an aggregate at a version. A cache, never the truth: one whose fingerprint doesn't
/// fit the code that loads it is left aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The stream.
    pub stream: StreamId,
    /// The version of the last event that the state has seen.
    pub version: Version,
    /// A hash of the state's shape and of the code that folds it.
    pub fingerprint: u64,
    /// When it was taken.
    pub taken_at: DateTime<Utc>,
    /// The state as JSON.
    pub state: Payload,
}
