//! Counts of what a store holds.

use std::collections::BTreeMap;

use crate::id::{AggregateName, EventName, Position};

/// Counts of what a store holds, computed from its rows.
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
/// let store = EventStore::memory();
/// let event = NewEvent::new(&Ping, EventMetadata::new(&Ping, &Context::new()))?;
/// store.append(Append::new().event(event)).await?;
/// let stats = store.stats().await?;
/// assert_eq!((stats.events, stats.streams, stats.snapshots), (1, 1, 0));
/// assert_eq!(stats.by_event[&"ping".into()], 1);
/// # Ok(())
/// # }
/// ```
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
