//! The rows of durable handlers.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::handler::BeginsAt;
use crate::id::{HandlerName, Position, ProcessId};

/// A durable handler as a program declares it.
///
/// ```
/// use events::handler::BeginsAt;
/// use events::store::HandlerDeclaration;
///
/// let welcome = HandlerDeclaration {
///     name: "send_welcome".into(),
///     renamed_from: None,
///     begins: BeginsAt::Now,
///     partitions: 1,
///     build: "shop 1.4.2".into(),
///     previous: None,
/// };
/// assert_eq!(welcome.partitions, 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandlerDeclaration {
    /// Its name.
    pub name: HandlerName,
    /// The name it had before.
    pub renamed_from: Option<HandlerName>,
    /// Where it begins if the store doesn't know it.
    pub begins: BeginsAt,
    /// Over how many lanes its streams are spread: 1 to 1,024.
    pub partitions: u32,
    /// The build of the program that declares it.
    pub build: String,
    /// The version before this one, which handles the same events: if the store knows it, what all of its
    /// lanes have passed by now is replayed only ([`HandlerRow::replay_until`]).
    pub previous: Option<HandlerName>,
}

/// The handlers that a program declares at its start.
///
/// ```
/// use events::handler::BeginsAt;
/// use events::store::{HandlerDeclaration, MemoryBackend, RegisterHandlers, StorageBackend};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let welcome = HandlerDeclaration {
///     name: "send_welcome".into(),
///     renamed_from: None,
///     begins: BeginsAt::Now,
///     partitions: 1,
///     build: "shop 1.4.2".into(),
///     previous: None,
/// };
/// let backend = MemoryBackend::new();
/// let rows = backend.register_handlers(RegisterHandlers { handlers: vec![welcome], at: chrono::Utc::now() }).await?;
/// assert_eq!(rows[0].name, "send_welcome");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct RegisterHandlers {
    /// The handlers.
    pub handlers: Vec<HandlerDeclaration>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Whether a durable handler runs.
///
/// ```
/// use events::store::HandlerState;
///
/// assert_eq!(HandlerState::Halted.to_string(), "halted");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum HandlerState {
    /// It is called wherever a process declares it.
    Running,
    /// An operator has stopped it.
    Paused,
    /// It has stopped itself, because going on would lose or disorder something.
    Halted,
}

impl HandlerState {
    /// As one word, as the store keeps it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Halted => "halted",
        }
    }
}

impl fmt::Display for HandlerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A durable handler as the store knows it.
///
/// ```
/// use events::store::{MemoryBackend, StorageBackend};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// for handler in MemoryBackend::new().durable_handlers().await? {
///     println!("{} is {}, {} keys are parked", handler.name, handler.state, handler.parked);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandlerRow {
    /// Its name.
    pub name: HandlerName,
    /// Where it began.
    pub begins: BeginsAt,
    /// The position after which it began.
    pub from: Position,
    /// Whether it runs.
    pub state: HandlerState,
    /// Why it is paused or halted.
    pub reason: Option<String>,
    /// Since when it is in this state.
    pub since: DateTime<Utc>,
    /// The build that declared it last.
    pub build: String,
    /// Its lanes, by partition.
    pub lanes: Vec<LaneRow>,
    /// How many of its keys wait behind a letter.
    pub parked: u64,
    /// Events up to here were handled before, by this handler or an earlier version of it: what it emits on
    /// them is held back. [`Position::START`] if there are none.
    pub replay_until: Position,
}

/// A part of a durable handler: how far it has got, and who runs it.
///
/// ```
/// use events::store::LaneRow;
/// use events::Position;
///
/// let lane = LaneRow { partition: 0, checkpoint: Position::new(41), epoch: 3, owner: None, lease_until: None };
/// assert!(lane.owner.is_none(), "nobody runs it");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneRow {
    /// Which part, from 0.
    pub partition: u32,
    /// All events at or before it are handled, parked or in a letter.
    pub checkpoint: Position,
    /// How often the lane has changed hands.
    pub epoch: u64,
    /// The process that runs it.
    pub owner: Option<ProcessId>,
    /// When the owner's lease ends, if it doesn't renew it.
    pub lease_until: Option<DateTime<Utc>>,
}

/// What an operator, or the handler itself, does to a durable handler.
///
/// ```
/// use events::store::HandlerAction;
/// use events::Position;
///
/// assert_eq!(HandlerAction::Pause.as_str(), "pause");
/// assert_eq!(HandlerAction::Reset { to: Position::new(0) }.as_str(), "reset");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum HandlerAction {
    /// Stop calling it; its owner stops within a beat.
    Pause,
    /// Call it again, from where it stopped.
    Resume,
    /// Begin again after that position: its lanes are taken from their owners, its keys released,
    /// its open letters discarded.
    Reset {
        /// The position after which it begins.
        to: Position,
    },
    /// Begin again where it once began, to make its read model anew: as a reset, and what it emits on
    /// events that it has handled before is held back.
    Rebuild,
    /// Forget it, with its lanes and parked keys; its open letters are discarded.
    Remove,
}

impl HandlerAction {
    /// As one word, as the store keeps it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Reset { .. } => "reset",
            Self::Rebuild => "rebuild",
            Self::Remove => "remove",
        }
    }
}

/// A change to a durable handler, with its audit row.
///
/// ```
/// use events::store::{HandlerAction, HandlerChange, MemoryBackend, StorageBackend};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let change = HandlerChange {
///     handler: "send_welcome".into(),
///     action: HandlerAction::Pause,
///     by: "ada".into(),
///     reason: "the mail server moves".into(),
///     at: chrono::Utc::now(),
/// };
/// assert!(!MemoryBackend::new().change_handler(change).await?, "there is no such handler");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct HandlerChange {
    /// The handler.
    pub handler: HandlerName,
    /// What to do.
    pub action: HandlerAction,
    /// Who asks for it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}
