//! Whether what the store knows of a durable handler fits together: proof that nothing is missing, or
//! what is wrong.

mod compare;
mod finding;

pub use finding::CheckFinding;

use crate::error::Error;
use crate::id::{HandlerName, Position};
use crate::store::{EventFilter, HandlerState};

use super::DurableHandlers;

/// What came of a check of a durable handler: see [`DurableHandlers::check`].
///
/// ```
/// use events::store::EventFilter;
/// use events::{DurableHandlers, EventStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let handlers = DurableHandlers::new(EventStore::memory());
/// for row in handlers.list().await? {
///     let check = handlers.check(&row.name, EventFilter::new()).await?;
///     for finding in &check.findings {
///         println!("{}: {finding}; {}", check.handler, finding.advice());
///     }
///     assert!(check.is_sound());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HandlerCheck {
    /// The handler.
    pub handler: HandlerName,
    /// Whether it runs.
    pub state: HandlerState,
    /// The position after which it began.
    pub from: Position,
    /// The checkpoint of its slowest lane: up to here the events are counted.
    pub checkpoint: Position,
    /// The end of the log.
    pub log_end: Position,
    /// What has become of the events between the two.
    pub events: PassedEvents,
    /// What was found; empty if there is nothing to say.
    pub findings: Vec<CheckFinding>,
}

/// What has become of the events that a handler has passed. Each is counted once.
///
/// ```
/// use events::delivery::PassedEvents;
///
/// let events = PassedEvents::default();
/// assert_eq!(events.total(), 0);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PassedEvents {
    /// Handled at the first attempt, or of no concern to the handler: the store doesn't know which
    /// events a handler takes.
    pub passed: u64,
    /// Handled after failed attempts.
    pub resolved: u64,
    /// In a letter that is retrying.
    pub retrying: u64,
    /// In a dead letter.
    pub dead: u64,
    /// Given up by an operator.
    pub discarded: u64,
    /// Waiting behind a letter of their stream.
    pub waiting: u64,
}

impl PassedEvents {
    /// How many events there are in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        [self.passed, self.resolved, self.retrying, self.dead, self.discarded, self.waiting].iter().sum()
    }
}

impl HandlerCheck {
    /// Whether nothing is wrong: events are handled, in letters, or wait, and none is missing.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        !self.findings.iter().any(CheckFinding::is_wrong)
    }
}

impl DurableHandlers {
    /// Compares a handler's checkpoints, the log, its letters and the keys that wait, and says what
    /// doesn't fit. It changes nothing, and the handler may run meanwhile.
    ///
    /// Events that match are counted by what has become of them: with the names of those that the handler
    /// takes, what is counted as passed was handled. All of the log up to the checkpoint is read, page by
    /// page; what is kept are some 32 bytes for each letter of the handler.
    ///
    /// Keys that aren't streams (`order = key(field)`) can't be told from the store: events that wait
    /// behind those are counted as passed.
    ///
    /// # Errors
    /// If the store doesn't know the handler, or can't be read.
    pub async fn check(&self, handler: impl Into<HandlerName>, events: EventFilter) -> Result<HandlerCheck, Error> {
        compare::check(self, handler.into(), events).await
    }
}

#[cfg(test)]
mod tests;
