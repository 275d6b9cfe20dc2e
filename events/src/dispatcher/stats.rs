//! Counts since the dispatcher was built.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::bus::HandlerStats;
use crate::commit::{CommitStatus, Receipt};
use crate::id::HandlerName;

#[derive(Default)]
pub(crate) struct Counters {
    commits: AtomicU64,
    events: AtomicU64,
    duplicates: AtomicU64,
    retries: AtomicU64,
}

impl Counters {
    pub(crate) fn count_commit(&self, receipt: &Receipt) {
        match receipt.status() {
            CommitStatus::Committed => {
                self.commits.fetch_add(1, Ordering::Relaxed);
                self.events.fetch_add(receipt.events().len() as u64, Ordering::Relaxed);
            }
            CommitStatus::Duplicate => {
                self.duplicates.fetch_add(1, Ordering::Relaxed);
            }
            CommitStatus::Empty => {}
        }
    }

    pub(crate) fn count_retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn snapshot(&self, handlers: BTreeMap<HandlerName, HandlerStats>) -> DispatcherStats {
        DispatcherStats {
            commits: self.commits.load(Ordering::Relaxed),
            events: self.events.load(Ordering::Relaxed),
            duplicates: self.duplicates.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            handlers,
        }
    }
}

/// What a dispatcher has done since it was built. What the store holds is in
/// [`StoreStats`](crate::store::StoreStats).
///
/// ```standalone_crate
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?;
/// let subscription = app.subscribe(|_: &Ping| {});
/// app.publish(Ping).await?;
/// let stats = app.stats();
/// assert_eq!((stats.commits, stats.duplicates), (1, 0));
/// assert_eq!(stats.handlers[subscription.name()].handled, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DispatcherStats {
    /// Commits that were recorded.
    pub commits: u64,
    /// Events that were recorded.
    pub events: u64,
    /// Commits that had been recorded earlier.
    pub duplicates: u64,
    /// Further calls of handlers that had failed, or had asked to be called later.
    pub retries: u64,
    /// The calls of each handler, retries included; a batch is one call.
    pub handlers: BTreeMap<HandlerName, HandlerStats>,
}
