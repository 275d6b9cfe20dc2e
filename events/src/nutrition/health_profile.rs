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

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::nutrition::{HealthMetric, UserId};
    use crate::testing::given;

    fn ada() -> UserId {
        Uuid::from_u128(1).into()
    }

    fn now() -> DateTime<Utc> {
        "2026-10-26T12:00:00Z".parse().unwrap()
    }

    fn steps(steps: u32, at: DateTime<Utc>) -> HealthReading {
        HealthReading::new(HealthMetric::Steps { steps }, at).unwrap()
    }

    fn synced(source: HealthSource, metrics: Vec<HealthReading>) -> HealthDataSynced {
        HealthDataSynced { user_id: ada(), source, metrics }
    }

    #[test]
    fn only_new_readings_become_an_event() {
        let (old, new) = (steps(100, now() - chrono::TimeDelta::hours(1)), steps(200, now()));
        let garmin = HealthSource::Garmin;
        let sync = move |readings: Vec<HealthReading>| {
            move |root: &AggregateRoot<HealthProfile>| HealthProfile::sync(root, garmin, readings.clone())
        };
        let profile = || given::<HealthProfile>(ada(), synced(garmin, vec![old])).at(now());
        profile().when(sync(vec![old, new, new])).then(synced(garmin, vec![new]));
        profile().when(sync(vec![old])).then_nothing();
        profile().when(sync(vec![])).then_nothing();
        // The same time and kind from another source is another reading.
        profile()
            .when(|root| HealthProfile::sync(root, HealthSource::Oura, vec![old]))
            .then(synced(HealthSource::Oura, vec![old]));
    }

    #[test]
    fn a_reading_from_the_future_refuses_all_that_came_with_it() {
        let (past, future) = (steps(100, now()), steps(200, now() + chrono::TimeDelta::microseconds(1)));
        given::<HealthProfile>(ada(), ())
            .at(now())
            .when(|root| HealthProfile::sync(root, HealthSource::Manual, vec![past, future]))
            .then_error(HealthProfileError::InTheFuture { refused: future, now: now() });
    }

    #[test]
    fn the_latest_reading_is_the_latest_measured() {
        let (old, new) = (steps(100, now() - chrono::TimeDelta::hours(1)), steps(200, now()));
        let mut profile = AggregateRoot::<HealthProfile>::new(ada());
        profile.apply((synced(HealthSource::Manual, vec![new]), synced(HealthSource::Garmin, vec![old])));
        assert_eq!(profile.latest(MetricKind::Steps), Some(&new));
        assert_eq!(profile.reading_count(), 2);
    }
}
