//! Lanes: claiming them, and what their owners write.

use chrono::{DateTime, Utc};

use crate::id::{HandlerName, Position, ProcessId};
use crate::store::{AttemptOutcome, LetterId, NewLetter};

/// A lane in somebody's hands. The epoch tells this ownership from those before and after it.
///
/// ```
/// use events::store::Lane;
///
/// let mine = Lane { handler: "send_welcome".into(), partition: 0, epoch: 3 };
/// let after = Lane { epoch: 4, ..mine.clone() };
/// assert_ne!(mine, after, "somebody else has taken it since");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lane {
    /// The handler.
    pub handler: HandlerName,
    /// Which part of it, from 0.
    pub partition: u32,
    /// Which ownership.
    pub epoch: u64,
}

/// A request for lanes that nobody runs.
///
/// ```
/// use events::store::{ClaimLanes, MemoryBackend, StorageBackend};
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let now = chrono::Utc::now();
/// let claim = ClaimLanes {
///     handlers: vec!["send_welcome".into()],
///     owner: "web-1".into(),
///     now,
///     lease_until: now + Duration::from_secs(20),
///     limit: 8,
/// };
/// assert!(MemoryBackend::new().claim_lanes(claim).await?.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ClaimLanes {
    /// The handlers that the caller can run.
    pub handlers: Vec<HandlerName>,
    /// Who takes them.
    pub owner: ProcessId,
    /// The time now: a lease that ends at it or before is over.
    pub now: DateTime<Utc>,
    /// When the new lease ends.
    pub lease_until: DateTime<Utc>,
    /// The most lanes to take.
    pub limit: usize,
}

/// A lane as its new owner gets it.
///
/// ```
/// use events::store::{Lane, LaneLease};
/// use events::Position;
///
/// let lane = Lane { handler: "send_welcome".into(), partition: 0, epoch: 1 };
/// let lease = LaneLease { lane, partitions: 1, checkpoint: Position::new(41), parked: Vec::new() };
/// assert_eq!(lease.checkpoint.value(), 41, "where to go on");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneLease {
    /// The lane.
    pub lane: Lane,
    /// How many the handler has.
    pub partitions: u32,
    /// Up to where events are handled.
    pub checkpoint: Position,
    /// The keys of this lane that wait behind a letter.
    pub parked: Vec<ParkedKey>,
}

/// A key whose events wait behind a letter.
///
/// ```
/// use events::store::ParkedKey;
/// use events::Position;
///
/// let parked = ParkedKey { key: "user/7".into(), from: Position::new(42) };
/// assert!(Position::new(43) >= parked.from, "it waits");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedKey {
    /// The key: a stream, or what the handler's `order` makes of the event.
    pub key: String,
    /// Events of the key at this position or after it wait.
    pub from: Position,
}

/// Where a letter of a durable handler belongs.
///
/// ```
/// use events::store::LetterLane;
///
/// let lane = LetterLane { partition: 0, key: Some("user/7".into()) };
/// assert_eq!(lane.key.as_deref(), Some("user/7"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterLane {
    /// The lane, by its partition: its owner makes the attempts.
    pub partition: u32,
    /// The key whose later events wait; none where the handler keeps no order.
    pub key: Option<String>,
}

/// How a checkpoint moves: on, or not at all. Only a reset takes it back.
///
/// ```
/// use events::store::Advance;
/// use events::Position;
///
/// let advance = Advance { from: Position::new(41), to: Position::new(141) };
/// assert!(advance.from < advance.to);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advance {
    /// Where it is.
    pub from: Position,
    /// Where it goes.
    pub to: Position,
}

/// What came of an attempt at a letter of the lane.
///
/// ```
/// use events::store::{AttemptOutcome, LaneAttempt, LetterId};
///
/// let attempt = LaneAttempt { letter: LetterId::new(7), outcome: AttemptOutcome::Resolved };
/// assert_eq!(attempt.letter.value(), 7);
/// ```
#[derive(Debug, Clone)]
pub struct LaneAttempt {
    /// The letter.
    pub letter: LetterId,
    /// What came of it.
    pub outcome: AttemptOutcome,
}

/// What the owner of a lane writes, in one transaction: all of it, or nothing.
///
/// ```
/// use events::store::{Advance, Lane, LaneAnswer, LaneWrite, MemoryBackend, StorageBackend};
/// use events::Position;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let lane = Lane { handler: "send_welcome".into(), partition: 0, epoch: 1 };
/// let mut write = LaneWrite::new(lane, "shop 1.4.2", chrono::Utc::now());
/// write.advance = Some(Advance { from: Position::new(0), to: Position::new(100) });
/// let answer = MemoryBackend::new().write_lane(write).await?;
/// assert!(matches!(answer, LaneAnswer::Lost), "there is no such lane");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct LaneWrite {
    /// The lane; its epoch must be the one in the store.
    pub lane: Lane,
    /// The build of the program that writes.
    pub build: String,
    /// When.
    pub at: DateTime<Utc>,
    /// How the checkpoint moves; it must be where the writer believes it.
    pub advance: Option<Advance>,
    /// Letters about events on which the handler has failed for the first time.
    pub letters: Vec<NewLetter>,
    /// What came of attempts at letters of the lane. One that isn't retrying any more, because an
    /// operator has closed it, keeps what the operator has made of it.
    pub attempts: Vec<LaneAttempt>,
    /// Keys that wait from now on, or from another position than before.
    pub park: Vec<ParkedKey>,
    /// Keys that wait no longer, unless they are parked again by the same write.
    pub release: Vec<String>,
    /// Stops the handler, and says why.
    pub halt: Option<String>,
}

impl LaneWrite {
    /// A write that changes nothing yet.
    #[must_use]
    pub fn new(lane: Lane, build: impl Into<String>, at: DateTime<Utc>) -> Self {
        Self {
            lane,
            build: build.into(),
            at,
            advance: None,
            letters: Vec::new(),
            attempts: Vec::new(),
            park: Vec::new(),
            release: Vec::new(),
            halt: None,
        }
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.advance.is_none()
            && self.letters.is_empty()
            && self.attempts.is_empty()
            && self.park.is_empty()
            && self.release.is_empty()
            && self.halt.is_none()
    }
}

/// The store's answer to a [`LaneWrite`].
///
/// ```
/// use events::store::{LaneAnswer, LetterId};
///
/// let answer = LaneAnswer::Written { letters: vec![LetterId::new(1)] };
/// assert!(!matches!(answer, LaneAnswer::Lost));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LaneAnswer {
    /// All is written.
    Written {
        /// The numbers of the new letters, in the order given.
        letters: Vec<LetterId>,
    },
    /// Nothing is written: the lane has another owner or another checkpoint by now, or is gone.
    Lost,
}
