//! Counts of what a store holds.

use std::collections::BTreeMap;

use crate::id::{AggregateName, EventName, Position};

/// Counts of what a store holds, computed from its rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreStats {
    /// How many events there are.
    pub events: u64,
    /// How many streams have events.
    pub streams: u64,
    /// How many snapshots there are.
    pub snapshots: u64,
    /// The position of the last event.
    pub last_position: Position,
    /// How many events there are of each name.
    pub by_event: BTreeMap<EventName, u64>,
    /// How many events there are of each kind of aggregate.
    pub by_aggregate: BTreeMap<AggregateName, u64>,
}
