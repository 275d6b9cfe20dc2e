//! Letters: what the store knows about an event that a handler has failed on.

mod failed_event;
mod query;
mod request;

pub use failed_event::{AttemptRecord, FailedAttempt, FailedEvent, LetterParts, NewLetter};
pub use query::LetterQuery;
pub use request::{AttemptOutcome, ClaimLetters, FinishAttempt, LetterAction, LetterChange, LetterPurge, PurgeSaid};

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::HandlerName;

/// The number of a letter in its store.
///
/// ```
/// use events::store::{LetterId, LetterQuery};
/// use events::{DeadLetterQueue, EventStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // What an operator has typed.
/// let id = LetterId::new("42".parse()?);
/// let letter = DeadLetterQueue::new(EventStore::memory()).get(id).await?;
/// assert!(letter.is_none());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LetterId(i64);

impl LetterId {
    /// Wraps a number.
    #[must_use]
    pub const fn new(id: i64) -> Self {
        Self(id)
    }

    /// The number itself.
    #[must_use]
    pub const fn value(self) -> i64 {
        self.0
    }
}

impl fmt::Display for LetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Where a letter stands.
///
/// ```
/// use events::store::LetterStatus;
///
/// let open = LetterStatus::ALL.into_iter().filter(|status| !status.is_closed());
/// assert!(open.eq([LetterStatus::Retrying, LetterStatus::Dead]));
/// assert_eq!(LetterStatus::Dead.to_string(), "dead");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LetterStatus {
    /// It waits for its next attempt.
    Retrying,
    /// Its attempts are used up: an operator decides.
    Dead,
    /// A later attempt has succeeded.
    Resolved,
    /// An operator has given it up.
    Discarded,
}

impl LetterStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Retrying, Self::Dead, Self::Resolved, Self::Discarded];

    /// The status as one word, as the store keeps it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retrying => "retrying",
            Self::Dead => "dead",
            Self::Resolved => "resolved",
            Self::Discarded => "discarded",
        }
    }

    /// Whether nothing is left to do.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Resolved | Self::Discarded)
    }
}

impl fmt::Display for LetterStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Counts of letters, computed from the rows.
///
/// ```standalone_crate
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use events::store::LetterStatus;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?;
/// let subscription = app.subscribe(|_: &Ping| Err::<(), _>("the server is busy"));
/// app.publish_batch((Ping, Ping)).await?;
/// let stats = app.dead_letters().stats().await?;
/// assert_eq!(stats.by_status[&LetterStatus::Retrying], 2);
/// assert_eq!(stats.by_handler[subscription.name()].values().sum::<u64>(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LetterStats {
    /// How many letters there are of each status.
    pub by_status: BTreeMap<LetterStatus, u64>,
    /// How many letters there are of each handler and status.
    pub by_handler: BTreeMap<HandlerName, BTreeMap<LetterStatus, u64>>,
    /// When the first attempt failed of the oldest letter that is not closed.
    pub oldest_open: Option<DateTime<Utc>>,
}
