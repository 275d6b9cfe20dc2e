//! Texts of the files as values, with reasons that a person understands.

use anyhow::Context as _;
use chrono::{DateTime, FixedOffset, NaiveDate};
use events::nutrition::{HealthMetric, WeekStart};
use serde::de::DeserializeOwned;
use serde::de::value::{Error, StrDeserializer};

/// A time that says how far it is from UTC.
pub(crate) fn time(text: &str) -> anyhow::Result<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc3339(text).with_context(|| format!("{text:?} is no time with an offset"))
}

pub(crate) fn number(text: &str) -> anyhow::Result<u32> {
    text.parse().with_context(|| format!("{text:?} is no whole number"))
}

pub(crate) fn week(text: &str) -> anyhow::Result<WeekStart> {
    let monday: NaiveDate = text.parse().with_context(|| format!("{text:?} is no date"))?;
    Ok(WeekStart::new(monday)?)
}

/// A word that the domain knows, as in its JSON.
pub(crate) fn word<T: DeserializeOwned>(text: &str) -> anyhow::Result<T> {
    Ok(T::deserialize(StrDeserializer::<Error>::new(text))?)
}

/// A metric as `steps 8000` or `blood_pressure 120/80`.
pub(crate) fn metric(text: &str) -> anyhow::Result<HealthMetric> {
    let (kind, value) = text.split_once(' ').with_context(|| format!("{text:?} is no kind and number"))?;
    Ok(match kind {
        "steps" => HealthMetric::Steps { steps: number(value)? },
        "resting_heart_rate" => HealthMetric::RestingHeartRate { beats_per_minute: number(value)? },
        "body_weight" => HealthMetric::BodyWeight { grams: number(value)? },
        "sleep" => HealthMetric::Sleep { minutes: number(value)? },
        "blood_pressure" => {
            let (systolic, diastolic) = value.split_once('/').context("a blood pressure is two numbers")?;
            HealthMetric::BloodPressure { systolic_mmhg: number(systolic)?, diastolic_mmhg: number(diastolic)? }
        }
        _ => anyhow::bail!("{kind:?} is no metric that this program reads"),
    })
}
