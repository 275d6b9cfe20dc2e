//! What needs a handler's code: asking for it, taking it on, and saying what came of it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{OperationId, OperationKind, OperationState, RunPace};
use crate::event::Payload;
use crate::id::{HandlerName, ProcessId};
use crate::store::{LetterId, LetterQuery, LetterStatus};

/// What a process that has the handler is asked to do.
///
/// ```
/// use events::store::{OperationKind, Request, RunPace};
///
/// assert_eq!(Request::Redrive(RunPace::new()).kind(), OperationKind::Redrive);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Request {
    /// Try dead letters again, one after the other.
    Redrive(RunPace),
    /// Handle a letter's event with other data from now on, if they are data of that event.
    Edit {
        /// The data.
        #[serde(with = "payload")]
        payload: Payload,
    },
    /// Begin no further letter of a run. It is done as soon as it is asked for.
    Stop {
        /// The run.
        run: OperationId,
    },
}

impl Request {
    /// What is asked for.
    #[must_use]
    pub const fn kind(&self) -> OperationKind {
        match self {
            Self::Redrive(_) => OperationKind::Redrive,
            Self::Edit { .. } => OperationKind::Edit,
            Self::Stop { .. } => OperationKind::Stop,
        }
    }

    /// Whether it can be asked for about a letter of that status.
    #[must_use]
    pub const fn applies_to(&self, status: LetterStatus) -> bool {
        match self {
            Self::Redrive(_) => matches!(status, LetterStatus::Dead),
            Self::Edit { .. } => matches!(status, LetterStatus::Dead | LetterStatus::Retrying),
            Self::Stop { .. } => false,
        }
    }
}

/// Text within the JSON of a request: it isn't looked at before the owner does.
mod payload {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::event::Payload;

    pub(super) fn serialize<S: Serializer>(payload: &Payload, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(payload.as_json())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Payload, D::Error> {
        String::deserialize(deserializer).map(Payload::from_json)
    }
}

/// A request about the letters that match.
///
/// ```
/// use events::store::{LetterQuery, MemoryBackend, NewRequest, Request, RunPace, StorageBackend};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let request = NewRequest {
///     request: Request::Redrive(RunPace::new()),
///     letters: LetterQuery::new().handler("send_welcome"),
///     by: "ada".into(),
///     reason: "the mail server is back".into(),
///     at: chrono::Utc::now(),
/// };
/// assert!(MemoryBackend::new().request(request).await?.is_none(), "there is no such letter");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct NewRequest {
    /// What is asked for.
    pub request: Request,
    /// About which letters.
    pub letters: LetterQuery,
    /// Who asks for it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A process takes on a request.
///
/// ```
/// use events::store::{ClaimRequest, MemoryBackend, OperationId, StorageBackend};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let claim = ClaimRequest { id: OperationId::new(1), owner: "worker-1".into(), now: chrono::Utc::now() };
/// assert!(MemoryBackend::new().claim_request(claim).await?.is_none(), "there is no such request");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ClaimRequest {
    /// The request.
    pub id: OperationId,
    /// The process.
    pub owner: ProcessId,
    /// The time now, which says what other processes are alive.
    pub now: DateTime<Utc>,
}

/// A request comes to its end.
///
/// ```
/// use events::store::{FinishRequest, MemoryBackend, OperationId, OperationState, StorageBackend};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let finish = FinishRequest {
///     id: OperationId::new(1),
///     epoch: 1,
///     state: OperationState::Done,
///     result: "3 resolved".into(),
///     edited: None,
///     at: chrono::Utc::now(),
/// };
/// assert!(!MemoryBackend::new().finish_request(finish).await?, "there is no such request");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct FinishRequest {
    /// The request.
    pub id: OperationId,
    /// The epoch that the caller has claimed it with.
    pub epoch: u64,
    /// How it ends.
    pub state: OperationState,
    /// What came of it, in words.
    pub result: String,
    /// The letter whose event is handled with these data from now on.
    pub edited: Option<(LetterId, Payload)>,
    /// When.
    pub at: DateTime<Utc>,
}

/// The handler of an operation, if all of its letters are of one.
pub(crate) fn only<'a>(handlers: impl IntoIterator<Item = &'a HandlerName>) -> Option<HandlerName> {
    let mut handlers = handlers.into_iter();
    let first = handlers.next()?;
    handlers.all(|handler| handler == first).then(|| first.clone())
}
