//! What the framework and operators ask of the store about letters.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{FailedAttempt, LetterId, LetterQuery, LetterStatus};
use crate::id::HandlerName;

/// A request for letters that are due.
///
/// ```
/// use events::store::{ClaimLetters, MemoryBackend, StorageBackend};
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let now = chrono::Utc::now();
/// let claim = ClaimLetters {
///     handlers: vec!["welcome".into()],
///     now,
///     owner: "worker-1".into(),
///     lease_until: now + Duration::from_secs(60),
///     limit: 16,
/// };
/// assert!(MemoryBackend::new().claim_letters(claim).await?.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ClaimLetters {
    /// The handlers that the caller can run.
    pub handlers: Vec<HandlerName>,
    /// The time now: letters due at it or before are taken.
    pub now: DateTime<Utc>,
    /// Who takes them; names the lease.
    pub owner: String,
    /// When the lease ends.
    pub lease_until: DateTime<Utc>,
    /// The most letters to take.
    pub limit: usize,
}

/// What came of an attempt at a letter.
///
/// ```
/// use events::store::{AttemptOutcome, FinishAttempt, LetterId, MemoryBackend, StorageBackend};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let finish = FinishAttempt {
///     id: LetterId::new(1),
///     owner: "worker-1".into(),
///     at: chrono::Utc::now(),
///     build: "1.4.2".into(),
///     outcome: AttemptOutcome::Resolved,
/// };
/// let kept = MemoryBackend::new().finish_attempt(finish).await?;
/// assert!(!kept, "worker-1 has no lease");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct FinishAttempt {
    /// The letter.
    pub id: LetterId,
    /// Who holds the lease.
    pub owner: String,
    /// When the attempt ended.
    pub at: DateTime<Utc>,
    /// The build of the program that made the attempt.
    pub build: String,
    /// What came of it.
    pub outcome: AttemptOutcome,
}

/// What came of an attempt at a letter.
///
/// ```
/// use events::store::AttemptOutcome;
///
/// let now = chrono::Utc::now();
/// let outcome = AttemptOutcome::Postponed { until: now + std::time::Duration::from_secs(60) };
/// assert!(matches!(outcome, AttemptOutcome::Postponed { until } if until > now));
/// ```
#[derive(Debug, Clone)]
pub enum AttemptOutcome {
    /// The handler succeeded.
    Resolved,
    /// The handler failed; the letter is dead when there is no next attempt.
    Failed {
        /// The attempt.
        attempt: FailedAttempt,
        /// When to try again.
        next_attempt_at: Option<DateTime<Utc>>,
    },
    /// The attempt didn't count: the handler asked to be called later, or couldn't be called.
    Postponed {
        /// When to try again.
        until: DateTime<Utc>,
    },
}

/// What an operator does to letters.
///
/// ```
/// use events::store::{LetterAction, LetterStatus};
///
/// assert!(LetterAction::Redrive.applies_to(LetterStatus::Dead));
/// assert!(!LetterAction::Redrive.applies_to(LetterStatus::Discarded), "restore it first");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LetterAction {
    /// Try again now: a dead letter is retrying again with all its attempts, a retrying one is due.
    Redrive,
    /// Give up a retrying or dead letter; what waits behind it goes on.
    Discard,
    /// Give up a retrying or dead letter; what waits behind it goes on waiting until it is released.
    Hold,
    /// Let what waits behind a held letter go on.
    Release,
    /// Make a discarded letter dead again.
    Restore,
}

impl LetterAction {
    /// The action as one word, as the store keeps it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Redrive => "redrive",
            Self::Discard => "discard",
            Self::Hold => "hold",
            Self::Release => "release",
            Self::Restore => "restore",
        }
    }

    /// Whether the action can be done to a letter of that status; a release only to those that are
    /// held, too.
    #[must_use]
    pub const fn applies_to(self, status: LetterStatus) -> bool {
        match self {
            Self::Redrive | Self::Discard | Self::Hold => matches!(status, LetterStatus::Retrying | LetterStatus::Dead),
            Self::Release | Self::Restore => matches!(status, LetterStatus::Discarded),
        }
    }
}

/// A change to all letters that match, with its audit row.
///
/// ```
/// use events::store::{LetterAction, LetterChange, LetterQuery, MemoryBackend, StorageBackend};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let backend = MemoryBackend::new();
/// let change = LetterChange {
///     action: LetterAction::Discard,
///     letters: LetterQuery::new().handler("welcome"),
///     by: "ada".into(),
///     reason: "the campaign is over".into(),
///     at: chrono::Utc::now(),
/// };
/// assert!(backend.change_letters(change).await?.is_empty());
/// assert_eq!(backend.operations(10).await?.len(), 1, "the audit has it all the same");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct LetterChange {
    /// What to do.
    pub action: LetterAction,
    /// To which letters.
    pub letters: LetterQuery,
    /// Who asks for it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Closed letters that are to be removed for good.
///
/// ```
/// use events::store::{LetterPurge, LetterStatus, MemoryBackend, StorageBackend};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let (backend, now) = (MemoryBackend::new(), chrono::Utc::now());
/// let purge = LetterPurge { status: LetterStatus::Resolved, before: now, said: None };
/// assert_eq!(purge.result(2), "2 resolved letters removed");
/// assert_eq!(backend.purge_letters(purge).await?, 0);
/// assert!(backend.operations(10).await?.is_empty(), "nobody has asked for it");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct LetterPurge {
    /// Letters of this status.
    pub status: LetterStatus,
    /// Letters that were closed before that.
    pub before: DateTime<Utc>,
    /// Who asks for it: what the audit row says. A program that removes letters by itself, by its retention,
    /// has no such row.
    pub said: Option<PurgeSaid>,
}

impl LetterPurge {
    /// What the audit row says has come of it.
    #[must_use]
    pub fn result(&self, removed: u64) -> String {
        let letters = if removed == 1 { "letter" } else { "letters" };
        format!("{removed} {} {letters} removed", self.status)
    }
}

/// Who has letters removed, and why.
///
/// ```
/// use events::store::{LetterPurge, LetterStatus, MemoryBackend, OperationKind, PurgeSaid, StorageBackend};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let (backend, now) = (MemoryBackend::new(), chrono::Utc::now());
/// let said = PurgeSaid { by: "ada".into(), reason: "the disk is full".into(), at: now };
/// backend.purge_letters(LetterPurge { status: LetterStatus::Resolved, before: now, said: Some(said) }).await?;
/// assert_eq!(backend.operations(10).await?[0].action, OperationKind::Purge);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurgeSaid {
    /// Who asks for it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}
