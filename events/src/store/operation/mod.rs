//! What operators do and ask for: the audit, and the requests that are carried out by the processes
//! which run the handlers.
//!
//! What is a change to rows (to pause a handler, to discard a letter) is done at once, together with its
//! row here. What needs the handler's code is a request: it is claimed by a process that has the
//! handler, under an epoch, and whoever takes over from that process goes on where it was.

mod kind;
mod request;
mod run;

pub use kind::OperationKind;
pub(crate) use request::only;
pub use request::{ClaimRequest, FinishRequest, NewRequest, Request};
pub use run::{AdvanceRun, RunPace, RunProgress, RunStep, StopRun};

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{HandlerName, ProcessId};
use crate::store::LetterId;

/// The number of an operation. They grow, and none is given out twice.
///
/// ```
/// use events::store::OperationId;
///
/// assert_eq!(OperationId::new(7).to_string(), "7");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperationId(i64);

impl OperationId {
    /// The operation of that number.
    #[must_use]
    pub const fn new(id: i64) -> Self {
        Self(id)
    }

    /// The number.
    #[must_use]
    pub const fn value(self) -> i64 {
        self.0
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// How far an operation is.
///
/// ```
/// use events::store::OperationState;
///
/// assert!(OperationState::Running.is_open());
/// assert_eq!(OperationState::Stopped.to_string(), "stopped");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum OperationState {
    /// It waits for a process that has the handler.
    Requested,
    /// A process carries it out.
    Running,
    /// It is done.
    Done,
    /// It was refused, or has failed; the result says why.
    Failed,
    /// An operator has stopped it.
    Stopped,
}

impl OperationState {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Requested, Self::Running, Self::Done, Self::Failed, Self::Stopped];

    /// The state as one word, as the store keeps it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }

    /// Whether something is left to do.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::Running)
    }
}

impl fmt::Display for OperationState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What an operator has done or asked for, with who, when, why, and what came of it.
///
/// ```
/// use events::store::{LetterQuery, OperationKind, OperationState};
/// use events::{Audit, DeadLetterQueue, EventStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let letters = DeadLetterQueue::new(EventStore::memory());
/// letters.redrive(LetterQuery::all(), Audit::by("ada").because("the gateway is back")).await?;
/// let last = &letters.operations(1).await?[0];
/// assert_eq!((last.action, last.state, last.by.as_str()), (OperationKind::Redrive, OperationState::Done, "ada"));
/// assert_eq!((last.reason.as_str(), last.letters.len()), ("the gateway is back", 0));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its number.
    pub id: OperationId,
    /// What was done or asked for.
    pub action: OperationKind,
    /// To which handler, or the letters of which one, if it was one.
    pub handler: Option<HandlerName>,
    /// Who did it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The letters that were changed, or that an edit is about. Those of a run are many: they are found
    /// by [`LetterQuery::run`](crate::store::LetterQuery::run).
    pub letters: Vec<LetterId>,
    /// How far it is.
    pub state: OperationState,
    /// What is left to be carried out, or was.
    pub request: Option<Request>,
    /// How many letters a run had at its start.
    pub total: u64,
    /// The process that carries it out.
    pub owner: Option<ProcessId>,
    /// How often a process has taken it on.
    pub epoch: u64,
    /// What came of it, in words.
    pub result: Option<String>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}
