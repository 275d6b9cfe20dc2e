//! The health profile: readings, each kept once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{HealthDataSynced, HealthReading, HealthSource, MetricKind};
use crate::prelude::*;

/// What was measured of one user. Its stream is `nutrition.health_profile/<user id>`.
///
/// Devices send what they have, again and again; a reading is known by its source, kind and time,
/// and only what is new becomes an event. That a reading is plausible is checked by its type.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HealthProfile {
    known: BTreeSet<ReadingKey>,
    latest: BTreeMap<MetricKind, HealthReading>,
}

type ReadingKey = (HealthSource, MetricKind, DateTime<Utc>);

fn key(source: HealthSource, reading: &HealthReading) -> ReadingKey {
    (source, reading.metric().kind(), reading.measured_at())
}

impl HealthProfile {
    /// The latest reading of a kind, from any source.
    pub fn latest(&self, kind: MetricKind) -> Option<&HealthReading> {
        self.latest.get(&kind)
    }

    /// How many readings are known.
    pub fn reading_count(&self) -> usize {
        self.known.len()
    }
}

#[aggregate(name = "nutrition.health_profile", snapshot_every = 100)]
impl HealthProfile {
    /// Takes what a source sent, and keeps what is new; nothing new gives no event.
    ///
    /// # Errors
    ///
    /// [`HealthProfileError::InTheFuture`], if a reading's time hasn't come; none is kept then, because
    /// the source's clock is wrong.
    pub fn sync(
        profile: &AggregateRoot<HealthProfile>,
        source: HealthSource,
        readings: Vec<HealthReading>,
    ) -> Result<Option<HealthDataSynced>, HealthProfileError> {
        let now = profile.now();
        if let Some(refused) = readings.iter().find(|reading| reading.measured_at() > now) {
            return Err(HealthProfileError::InTheFuture { refused: *refused, now });
        }
        let mut metrics = readings;
        let mut seen = BTreeSet::new();
        metrics.retain(|reading| {
            let key = key(source, reading);
            !profile.known.contains(&key) && seen.insert(key)
        });
        Ok((!metrics.is_empty()).then(|| HealthDataSynced { user_id: *profile.id(), source, metrics }))
    }

    #[when]
    fn synced(&mut self, event: &HealthDataSynced) {
        for reading in &event.metrics {
            self.known.insert(key(event.source, reading));
            let latest = self.latest.entry(reading.metric().kind()).or_insert(*reading);
            if latest.measured_at() <= reading.measured_at() {
                *latest = *reading;
            }
        }
    }
}

/// Why readings were refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HealthProfileError {
    /// A reading's time has not come.
    #[error("a reading of {} is in the future, it is {now}", refused.measured_at())]
    InTheFuture {
        /// The first such reading.
        refused: HealthReading,
        /// The time it was.
        now: DateTime<Utc>,
    },
}
