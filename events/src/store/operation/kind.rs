//! Which sorts of operations there are.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::store::{HandlerAction, LetterAction};

/// What an operator has done, or has asked for.
///
/// ```
/// use events::store::{LetterAction, OperationKind};
///
/// assert_eq!(OperationKind::from(LetterAction::Redrive), OperationKind::Redrive);
/// assert_eq!(OperationKind::Redrive.to_string(), "redrive");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum OperationKind {
    /// Letters were to be tried again.
    Redrive,
    /// Letters were given up.
    Discard,
    /// Letters were given up, and what waits behind them goes on waiting.
    Hold,
    /// What waited behind held letters goes on.
    Release,
    /// A letter's event was to be handled with other data.
    Edit,
    /// A run was to begin no further letter.
    Stop,
    /// Discarded letters were made dead again.
    Restore,
    /// Closed letters were removed for good.
    Purge,
    /// A handler was paused.
    Pause,
    /// A handler was resumed.
    Resume,
    /// A handler was reset to a position.
    Reset,
    /// A handler was to begin again from its start.
    Rebuild,
    /// A handler was removed.
    Remove,
}

impl OperationKind {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Redrive,
        Self::Discard,
        Self::Hold,
        Self::Release,
        Self::Edit,
        Self::Stop,
        Self::Restore,
        Self::Purge,
        Self::Pause,
        Self::Resume,
        Self::Reset,
        Self::Rebuild,
        Self::Remove,
    ];

    /// The kind as one word, as the store keeps it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Redrive => "redrive",
            Self::Discard => "discard",
            Self::Hold => "hold",
            Self::Release => "release",
            Self::Edit => "edit",
            Self::Stop => "stop",
            Self::Restore => "restore",
            Self::Purge => "purge",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Reset => "reset",
            Self::Rebuild => "rebuild",
            Self::Remove => "remove",
        }
    }
}

impl fmt::Display for OperationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl From<LetterAction> for OperationKind {
    fn from(action: LetterAction) -> Self {
        match action {
            LetterAction::Redrive => Self::Redrive,
            LetterAction::Discard => Self::Discard,
            LetterAction::Hold => Self::Hold,
            LetterAction::Release => Self::Release,
            LetterAction::Restore => Self::Restore,
        }
    }
}

impl From<HandlerAction> for OperationKind {
    fn from(action: HandlerAction) -> Self {
        match action {
            HandlerAction::Pause => Self::Pause,
            HandlerAction::Resume => Self::Resume,
            HandlerAction::Reset { .. } => Self::Reset,
            HandlerAction::Rebuild => Self::Rebuild,
            HandlerAction::Remove => Self::Remove,
        }
    }
}
