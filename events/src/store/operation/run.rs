//! Runs: dead letters that are tried again one after the other, under the eyes of the store.

use std::num::NonZeroU32;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::OperationId;
use crate::store::LetterId;

/// How fast a run goes, and when it gives up.
///
/// ```
/// use events::store::RunPace;
/// use std::num::NonZeroU32;
///
/// let pace = RunPace::new().per_minute(NonZeroU32::new(600).unwrap());
/// assert_eq!(pace.stops_after().get(), 1, "the first failure stops it");
/// assert_eq!(pace.most_per_minute().unwrap().get(), 600);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[must_use]
pub struct RunPace {
    per_minute: Option<NonZeroU32>,
    stop_after: NonZeroU32,
}

impl RunPace {
    /// As fast as the handler allows, up to the first failure.
    pub const fn new() -> Self {
        Self { per_minute: None, stop_after: NonZeroU32::MIN }
    }

    /// Begins at most so many letters in a minute.
    pub const fn per_minute(mut self, letters: NonZeroU32) -> Self {
        self.per_minute = Some(letters);
        self
    }

    /// Goes on until so many letters have failed.
    pub const fn stop_after(mut self, failures: NonZeroU32) -> Self {
        self.stop_after = failures;
        self
    }

    /// How many letters are begun in a minute at most.
    #[must_use]
    pub const fn most_per_minute(self) -> Option<NonZeroU32> {
        self.per_minute
    }

    /// How many failures stop it.
    #[must_use]
    pub const fn stops_after(self) -> NonZeroU32 {
        self.stop_after
    }
}

impl Default for RunPace {
    fn default() -> Self {
        Self::new()
    }
}

/// The owner of a run begins its next letters.
///
/// ```
/// use events::store::{AdvanceRun, MemoryBackend, OperationId, StorageBackend};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let advance = AdvanceRun { id: OperationId::new(1), epoch: 1, letters: 16, at: chrono::Utc::now() };
/// assert!(MemoryBackend::new().advance_run(advance).await?.is_none(), "there is no such run");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct AdvanceRun {
    /// The run.
    pub id: OperationId,
    /// The epoch that the caller has claimed it with.
    pub epoch: u64,
    /// How many letters to begin at most.
    pub letters: usize,
    /// When.
    pub at: DateTime<Utc>,
}

/// What a run has begun.
///
/// ```
/// use events::store::{LetterId, RunStep};
///
/// let step = RunStep { begun: vec![LetterId::new(4)], more: false };
/// assert!(!step.more, "that was the last one");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunStep {
    /// The letters that are due now. Those that somebody has taken out of the run meanwhile are passed over.
    pub begun: Vec<LetterId>,
    /// Whether letters are left.
    pub more: bool,
}

/// What has become of a run's letters, counted from the letters themselves.
///
/// ```
/// use events::store::RunProgress;
///
/// let progress = RunProgress { total: 12, waiting: 4, retrying: 1, resolved: 5, failed: 1, discarded: 0 };
/// assert_eq!(progress.gone(), 1, "one is no letter of the run any more");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunProgress {
    /// How many letters it had at its start.
    pub total: u64,
    /// How many it hasn't begun.
    pub waiting: u64,
    /// How many are being tried.
    pub retrying: u64,
    /// How many have succeeded.
    pub resolved: u64,
    /// How many have failed again.
    pub failed: u64,
    /// How many somebody has discarded meanwhile.
    pub discarded: u64,
}

impl RunProgress {
    /// How many were redriven by somebody else or have been removed meanwhile.
    #[must_use]
    pub const fn gone(&self) -> u64 {
        let counted = self.waiting + self.retrying + self.resolved + self.failed + self.discarded;
        self.total.saturating_sub(counted)
    }

    /// How many of them nothing is left to do about.
    #[must_use]
    pub const fn finished(&self) -> u64 {
        self.total.saturating_sub(self.waiting).saturating_sub(self.retrying)
    }
}

/// An operator stops a run: what is being tried comes to its end, and nothing more is begun.
///
/// ```
/// use events::store::{MemoryBackend, OperationId, StopRun, StorageBackend};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let stop = StopRun {
///     id: OperationId::new(1),
///     by: "ada".into(),
///     reason: "the gateway is down again".into(),
///     at: chrono::Utc::now(),
/// };
/// assert!(!MemoryBackend::new().stop_run(stop).await?, "there is no such run");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct StopRun {
    /// The run.
    pub id: OperationId,
    /// Who stops it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}
