//! What a check may find, in words.

use std::fmt;

use crate::id::{EventId, Position};
use crate::store::{HandlerState, LetterId};

/// Something about a durable handler that is wrong, or worth knowing. `Display` says what,
/// [`advice`](Self::advice) what to do.
///
/// ```
/// use events::Position;
/// use events::delivery::CheckFinding;
///
/// let (checkpoint, log_end) = (Position::new(50), Position::new(40));
/// let finding = CheckFinding::CheckpointBeyondLog { partition: 0, checkpoint, log_end };
/// assert!(finding.is_wrong());
/// assert!(finding.to_string().starts_with("lane 0 has its checkpoint at 50, but the log ends at 40"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckFinding {
    /// A lane has passed more than there is: wrong.
    CheckpointBeyondLog {
        /// The lane.
        partition: u32,
        /// Where its checkpoint is.
        checkpoint: Position,
        /// Where the log ends.
        log_end: Position,
    },
    /// The lanes aren't numbered without holes, so that some events belong to none: wrong.
    LaneMissing {
        /// The lane that isn't there.
        partition: u32,
        /// How many lanes there are.
        lanes: usize,
    },
    /// A key waits from a place that the log doesn't have: wrong.
    MarkerBeyondLog {
        /// The key.
        key: String,
        /// From where it waits.
        from: Position,
        /// Where the log ends.
        log_end: Position,
    },
    /// A letter's event isn't in the log: wrong.
    LetterWithoutEvent {
        /// The letter.
        letter: LetterId,
        /// Its event.
        event_id: EventId,
        /// Where the event should be.
        position: Position,
    },
    /// An open letter belongs to a lane that doesn't exist, so that nobody tries it: wrong.
    LetterWithoutLane {
        /// The letter.
        letter: LetterId,
        /// The lane.
        partition: u32,
    },
    /// A letter is retrying for the first time and its key isn't parked, so that later events of the key
    /// don't wait: wrong.
    LetterWithoutMarker {
        /// The letter.
        letter: LetterId,
        /// Its key.
        key: String,
    },
    /// An open letter holds up nothing: it was restored, or the handler goes on after dead letters.
    NothingWaits {
        /// The letter.
        letter: LetterId,
        /// Its key.
        key: String,
    },
    /// A key waits and no letter before it is open or held: it is about to be released.
    MarkerWithoutLetter {
        /// The key.
        key: String,
        /// From where it waits.
        from: Position,
    },
    /// An open letter is about an event from before the handler's beginning.
    LetterBeforeStart {
        /// The letter.
        letter: LetterId,
        /// Where its event is.
        position: Position,
        /// Where the handler began.
        from: Position,
    },
    /// The handler doesn't run.
    Stopped {
        /// Paused or halted.
        state: HandlerState,
        /// Why.
        reason: Option<String>,
    },
    /// No process that is alive declares the handler.
    Detached,
}

impl CheckFinding {
    /// Whether it is something that must not be, and not only worth knowing.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        match self {
            Self::CheckpointBeyondLog { .. }
            | Self::LaneMissing { .. }
            | Self::MarkerBeyondLog { .. }
            | Self::LetterWithoutEvent { .. }
            | Self::LetterWithoutLane { .. }
            | Self::LetterWithoutMarker { .. } => true,
            Self::NothingWaits { .. }
            | Self::MarkerWithoutLetter { .. }
            | Self::LetterBeforeStart { .. }
            | Self::Stopped { .. }
            | Self::Detached => false,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::CheckpointBeyondLog { .. } => {
                "the store was restored from an older copy, or written by hand: reset the handler to the end of the log"
            }
            Self::LaneMissing { .. } => {
                "the rows were changed by hand: restore them, or remove the handler and let it begin anew"
            }
            Self::MarkerBeyondLog { .. } => {
                "the store was restored from an older copy, or written by hand: reset the handler to a place before it"
            }
            Self::LetterWithoutEvent { .. } => {
                "the store was restored from an older copy, or written by hand: the letter can only be discarded"
            }
            Self::LetterWithoutLane { .. } => "the rows were changed by hand: discard the letter, or reset the handler",
            Self::LetterWithoutMarker { .. } => {
                "this is a mistake in the framework, or the rows were changed by hand: pause the handler, look at the stream, and reset it to the letter's position if order matters"
            }
            Self::NothingWaits { .. } => "redrive or discard it when you like; later events were handled before it",
            Self::MarkerWithoutLetter { .. } => {
                "the process that runs the handler releases it; start one if there is none"
            }
            Self::LetterBeforeStart { .. } => "the handler was reset, or the letter restored: redrive or discard it",
            Self::Stopped { .. } => "resume it when the reason is gone",
            Self::Detached => "start a program that declares it, or remove it if there is none any more",
        }
    }
}

impl fmt::Display for CheckFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CheckpointBeyondLog { partition, checkpoint, log_end } => write!(
                f,
                "lane {partition} has its checkpoint at {checkpoint}, but the log ends at {log_end}: what is \
                 appended up to there would be skipped"
            ),
            Self::LaneMissing { partition, lanes } => {
                write!(f, "there are {lanes} lanes, but none with the number {partition}: nobody handles its events")
            }
            Self::MarkerBeyondLog { key, from, log_end } => {
                write!(f, "key `{key}` waits from position {from}, but the log ends at {log_end}")
            }
            Self::LetterWithoutEvent { letter, event_id, position } => {
                write!(f, "letter {letter} is about event {event_id} at position {position}, which isn't in the log")
            }
            Self::LetterWithoutLane { letter, partition } => {
                write!(f, "letter {letter} belongs to lane {partition}, which isn't there: nobody tries it")
            }
            Self::LetterWithoutMarker { letter, key } => {
                write!(f, "letter {letter} is retrying, but key `{key}` isn't parked: later events don't wait for it")
            }
            Self::NothingWaits { letter, key } => {
                write!(f, "letter {letter} is open, and later events of key `{key}` don't wait for it")
            }
            Self::MarkerWithoutLetter { key, from } => {
                write!(f, "key `{key}` waits from position {from}, and no open letter is before it")
            }
            Self::LetterBeforeStart { letter, position, from } => {
                write!(f, "letter {letter} is about position {position}, and the handler began after {from}")
            }
            Self::Stopped { state, reason: Some(reason) } => write!(f, "the handler is {state}: {reason}"),
            Self::Stopped { state, reason: None } => write!(f, "the handler is {state}"),
            Self::Detached => f.write_str("no process that is alive declares the handler"),
        }
    }
}
