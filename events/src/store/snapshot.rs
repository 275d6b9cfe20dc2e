//! A state kept beside its stream, so that loading needs fewer events.

use chrono::{DateTime, Utc};

use crate::event::Payload;
use crate::id::{StreamId, Version};

/// The state of an aggregate at a version. A cache, never the truth: one whose fingerprint doesn't
/// fit the code that loads it is left aside.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(aggregate = "counter")]
/// # struct Counted { #[event(id)] counter: u64 }
/// #[derive(Default, Serialize, Deserialize)]
/// struct Counter { total: u32 }
///
/// #[aggregate(name = "counter", snapshot_every = 2)]
/// impl Counter {
///     #[when]
///     fn counted(&mut self, _: &Counted) { self.total += 1; }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = EventStore::memory();
/// let counter = EventSourcing::new(store.clone()).aggregate::<Counter>(7);
/// counter.execute(|_| Ok::<_, events::Error>(vec![Counted { counter: 7 }, Counted { counter: 7 }])).await?;
/// let snapshot = store.load_snapshot(&StreamId::new("counter", &7_u64)).await?.unwrap();
/// assert_eq!((snapshot.version, snapshot.state.as_json()), (Version::new(2), r#"{"total":2}"#));
/// # Ok(())
/// # }
/// ```
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
