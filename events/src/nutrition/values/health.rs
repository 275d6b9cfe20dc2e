use std::fmt;
use std::ops::RangeInclusive;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::EventShape;

/// What a device or a person measured, in the unit that the field names.
///
/// All are whole numbers in a unit small enough for the measurement, so readings compare exactly. A
/// metric by itself may hold anything; a [`HealthReading`] has checked it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EventShape)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are the units")]
pub enum HealthMetric {
    /// Steps walked in a day.
    Steps { steps: u32 },
    /// The heart's rate at rest.
    RestingHeartRate { beats_per_minute: u32 },
    /// The body's weight.
    BodyWeight { grams: u32 },
    /// Time asleep in a night.
    Sleep { minutes: u32 },
    /// Glucose in the blood.
    BloodGlucose { milligrams_per_decilitre: u32 },
    /// The arteries' pressure, when the heart beats and between.
    BloodPressure { systolic_mmhg: u32, diastolic_mmhg: u32 },
    /// Haemoglobin that carries oxygen.
    OxygenSaturation { percent: u32 },
    /// Energy used by moving, in a day.
    ActiveEnergy { kilocalories: u32 },
}

/// The kind of a metric, without its number: with source and time it identifies a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MetricKind {
    /// Of [`HealthMetric::Steps`].
    Steps,
    /// Of [`HealthMetric::RestingHeartRate`].
    RestingHeartRate,
    /// Of [`HealthMetric::BodyWeight`].
    BodyWeight,
    /// Of [`HealthMetric::Sleep`].
    Sleep,
    /// Of [`HealthMetric::BloodGlucose`].
    BloodGlucose,
    /// Of [`HealthMetric::BloodPressure`].
    BloodPressure,
    /// Of [`HealthMetric::OxygenSaturation`].
    OxygenSaturation,
    /// Of [`HealthMetric::ActiveEnergy`].
    ActiveEnergy,
}

impl HealthMetric {
    /// The kind.
    pub const fn kind(self) -> MetricKind {
        match self {
            Self::Steps { .. } => MetricKind::Steps,
            Self::RestingHeartRate { .. } => MetricKind::RestingHeartRate,
            Self::BodyWeight { .. } => MetricKind::BodyWeight,
            Self::Sleep { .. } => MetricKind::Sleep,
            Self::BloodGlucose { .. } => MetricKind::BloodGlucose,
            Self::BloodPressure { .. } => MetricKind::BloodPressure,
            Self::OxygenSaturation { .. } => MetricKind::OxygenSaturation,
            Self::ActiveEnergy { .. } => MetricKind::ActiveEnergy,
        }
    }

    /// Whether a living person can have it: wide ranges, which catch a wrong unit or a broken device.
    pub fn is_plausible(self) -> bool {
        let within = |number: u32, range: RangeInclusive<u32>| range.contains(&number);
        match self {
            Self::Steps { steps } => within(steps, 0..=150_000),
            Self::RestingHeartRate { beats_per_minute } => within(beats_per_minute, 20..=220),
            Self::BodyWeight { grams } => within(grams, 1_000..=500_000),
            Self::Sleep { minutes } => within(minutes, 0..=1_440),
            Self::BloodGlucose { milligrams_per_decilitre } => within(milligrams_per_decilitre, 20..=1_000),
            Self::BloodPressure { systolic_mmhg, diastolic_mmhg } => {
                within(systolic_mmhg, 50..=300) && within(diastolic_mmhg, 20..=200) && diastolic_mmhg < systolic_mmhg
            }
            Self::OxygenSaturation { percent } => within(percent, 50..=100),
            Self::ActiveEnergy { kilocalories } => within(kilocalories, 0..=15_000),
        }
    }
}

/// A plausible measurement and when it was taken.
///
/// # Examples
///
/// ```
/// use chrono::{DateTime, Utc};
/// use events::nutrition::{HealthMetric, HealthReading};
///
/// let at: DateTime<Utc> = "2026-10-26T06:30:00Z".parse()?;
/// let reading = HealthReading::new(HealthMetric::BloodPressure { systolic_mmhg: 121, diastolic_mmhg: 79 }, at)?;
/// assert_eq!(reading.metric().to_string(), "blood pressure 121/79 mmHg");
///
/// let stopped = HealthMetric::RestingHeartRate { beats_per_minute: 0 };
/// assert_eq!(HealthReading::new(stopped, at).unwrap_err().refused(), stopped);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EventShape)]
#[serde(try_from = "RawReading")]
pub struct HealthReading {
    #[serde(flatten)]
    metric: HealthMetric,
    measured_at: DateTime<Utc>,
}

impl HealthReading {
    /// Takes a measurement and its time.
    ///
    /// # Errors
    ///
    /// [`ImplausibleReading`] with the refused metric, if nobody can have it.
    pub fn new(metric: HealthMetric, measured_at: DateTime<Utc>) -> Result<Self, ImplausibleReading> {
        if metric.is_plausible() {
            Ok(Self { metric, measured_at })
        } else {
            Err(ImplausibleReading { refused: metric })
        }
    }

    /// What was measured.
    pub fn metric(&self) -> HealthMetric {
        self.metric
    }

    /// When it was measured.
    pub fn measured_at(&self) -> DateTime<Utc> {
        self.measured_at
    }
}

/// A measurement that no living person can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{refused} is outside the plausible range")]
pub struct ImplausibleReading {
    refused: HealthMetric,
}

impl ImplausibleReading {
    /// The metric that was refused.
    pub fn refused(&self) -> HealthMetric {
        self.refused
    }
}

#[derive(Deserialize, EventShape)]
struct RawReading {
    #[serde(flatten)]
    metric: HealthMetric,
    measured_at: DateTime<Utc>,
}

impl TryFrom<RawReading> for HealthReading {
    type Error = ImplausibleReading;

    fn try_from(raw: RawReading) -> Result<Self, ImplausibleReading> {
        Self::new(raw.metric, raw.measured_at)
    }
}

impl fmt::Display for HealthMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Steps { steps } => write!(f, "{steps} steps"),
            Self::RestingHeartRate { beats_per_minute } => {
                write!(f, "resting heart rate {beats_per_minute} bpm")
            }
            Self::BodyWeight { grams } => {
                write!(f, "weight {}.{:02} kg", grams / 1_000, grams % 1_000 / 10)
            }
            Self::Sleep { minutes } => write!(f, "sleep {} h {} min", minutes / 60, minutes % 60),
            Self::BloodGlucose { milligrams_per_decilitre } => {
                write!(f, "blood glucose {milligrams_per_decilitre} mg/dL")
            }
            Self::BloodPressure { systolic_mmhg, diastolic_mmhg } => {
                write!(f, "blood pressure {systolic_mmhg}/{diastolic_mmhg} mmHg")
            }
            Self::OxygenSaturation { percent } => write!(f, "oxygen saturation {percent} %"),
            Self::ActiveEnergy { kilocalories } => write!(f, "active energy {kilocalories} kcal"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_is_one_flat_object_and_reads_back() {
        let reading = HealthReading::new(HealthMetric::BodyWeight { grams: 71_250 }, DateTime::UNIX_EPOCH).unwrap();
        let json = serde_json::to_string(&reading).unwrap();
        assert_eq!(json, r#"{"kind":"body_weight","grams":71250,"measured_at":"1970-01-01T00:00:00Z"}"#);
        assert_eq!(serde_json::from_str::<HealthReading>(&json).unwrap(), reading);
        assert_eq!(reading.metric().to_string(), "weight 71.25 kg");
    }

    #[test]
    fn decoding_refuses_implausible_and_unknown_metrics() {
        for fields in [
            r#""kind":"oxygen_saturation","percent":101"#,
            r#""kind":"blood_pressure","systolic_mmhg":80,"diastolic_mmhg":120"#,
            r#""kind":"sleep","minutes":-5"#,
            r#""kind":"aura","colour":3"#,
        ] {
            let json = format!(r#"{{{fields},"measured_at":"1970-01-01T00:00:00Z"}}"#);
            assert!(serde_json::from_str::<HealthReading>(&json).is_err(), "{json}");
        }
    }
}
