//! Counts of what a store holds.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

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

/// An open transaction that readers of the log wait for: it has appended, and isn't committed yet. What
/// others have committed after it is held back until it ends, because its events come first.
///
/// ```
/// use events::EventStore;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let store = EventStore::memory();
/// if let Some(held) = store.held_back().await? {
///     println!("{} events after position {} wait for {}", held.positions, held.after, held.by);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeldBack {
    /// The last event that readers get.
    pub after: Position,
    /// How many positions were handed out after it.
    pub positions: u64,
    /// Whose transaction it is, in the words of the database.
    pub by: String,
    /// When the transaction began, if the database tells this program's user.
    pub since: Option<DateTime<Utc>>,
}
