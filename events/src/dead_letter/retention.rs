//! How long letters are kept once nothing is left to do about them.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::store::LetterStatus;

/// How long closed letters are kept. Letters that are retrying or dead stay until somebody decides.
///
/// ```
/// use events::Retention;
/// use std::time::Duration;
///
/// let retention = Retention::default().with_resolved(Duration::from_secs(7 * 86_400)).keep_discarded();
/// assert_ne!(retention, Retention::default());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Retention {
    resolved: Option<Duration>,
    discarded: Option<Duration>,
}

const DAY: Duration = Duration::from_secs(86_400);

impl Default for Retention {
    /// Resolved letters for 30 days, discarded ones for 90.
    fn default() -> Self {
        Self { resolved: DAY.checked_mul(30), discarded: DAY.checked_mul(90) }
    }
}

impl Retention {
    /// Keeps resolved letters for that long.
    pub fn with_resolved(mut self, time: Duration) -> Self {
        self.resolved = Some(time);
        self
    }

    /// Keeps discarded letters for that long.
    pub fn with_discarded(mut self, time: Duration) -> Self {
        self.discarded = Some(time);
        self
    }

    /// Keeps resolved letters for good.
    pub fn keep_resolved(mut self) -> Self {
        self.resolved = None;
        self
    }

    /// Keeps discarded letters for good.
    pub fn keep_discarded(mut self) -> Self {
        self.discarded = None;
        self
    }

    /// Which letters may go at that time: those of the status that were closed before the time.
    pub(crate) fn due(&self, now: DateTime<Utc>) -> impl Iterator<Item = (LetterStatus, DateTime<Utc>)> {
        let limits = [(LetterStatus::Resolved, self.resolved), (LetterStatus::Discarded, self.discarded)];
        limits.into_iter().filter_map(move |(status, limit)| {
            let limit = TimeDelta::from_std(limit?).ok()?;
            Some((status, now.checked_sub_signed(limit)?))
        })
    }
}
