//! What the framework and operators ask of the store about letters.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{FailedAttempt, LetterId, LetterQuery, LetterStatus};
use crate::id::HandlerName;

/// A request for letters that are due.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LetterAction {
    /// Try again now: a dead letter is retrying again with all its attempts, a retrying one is due.
    Redrive,
    /// Give up a retrying or dead letter.
    Discard,
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
            Self::Restore => "restore",
        }
    }

    /// Whether the action can be done to a letter of that status.
    #[must_use]
    pub const fn applies_to(self, status: LetterStatus) -> bool {
        match self {
            Self::Redrive | Self::Discard => matches!(status, LetterStatus::Retrying | LetterStatus::Dead),
            Self::Restore => matches!(status, LetterStatus::Discarded),
        }
    }
}

/// A change to all letters that match, with its audit row.
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

/// An audit row: what an operator has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// What was done.
    pub action: LetterAction,
    /// Who did it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The letters that were changed.
    pub letters: Vec<LetterId>,
}
