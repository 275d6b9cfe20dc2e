//! Values on their way to PostgreSQL and back, in its binary format.
//!
//! Times are microseconds, exact over PostgreSQL's whole range; ids and JSON text go without a copy.
//! sqlx has types for these behind features of its own, with other conversions.

use chrono::{DateTime, Utc};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo};
use sqlx::{Encode, Postgres, Type};
use uuid::Uuid;

use crate::error::{Error, ErrorKind};

/// From 1970 to 2000, where PostgreSQL begins to count.
const EPOCH: i64 = 946_684_800_000_000;
/// 4714-11-24 BC, the first day that PostgreSQL has, in microseconds since 1970.
const FIRST: i64 = -210_866_803_200_000_000;

/// A `uuid`.
pub(super) struct Id(pub(super) Uuid);

/// A `timestamptz`, in microseconds since 1970.
#[derive(Clone, Copy)]
pub(super) struct Time(i64);

/// A `json`.
pub(super) struct Json<'a>(pub(super) &'a str);

impl Time {
    /// The time, if PostgreSQL can keep it.
    pub(super) fn new(what: &'static str, time: DateTime<Utc>) -> Result<Self, Error> {
        let micros = time.timestamp_micros();
        if micros < FIRST {
            let message = format!("the {what} is {time}, which lies before all that PostgreSQL can keep");
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        Ok(Self(micros))
    }

    /// The time or the next one that PostgreSQL has: what is kept and is at or after it stays so.
    pub(super) fn at_least(time: DateTime<Utc>) -> Self {
        let rest = time.timestamp_subsec_nanos() % 1_000;
        Self(time.timestamp_micros().saturating_add(i64::from(rest > 0)).max(FIRST))
    }

    /// The time or the last one before it that PostgreSQL has. Before all of them there is none, but
    /// nothing is kept there either.
    pub(super) fn at_most(time: DateTime<Utc>) -> Self {
        Self(time.timestamp_micros().max(FIRST))
    }

    pub(super) fn micros(self) -> i64 {
        self.0
    }
}

/// A `timestamptz` as it comes from PostgreSQL, in microseconds since 1970; `None` for what it calls
/// infinity.
pub(super) fn micros(since_2000: i64) -> Option<i64> {
    since_2000.checked_add(EPOCH).filter(|_| since_2000 != i64::MIN)
}

macro_rules! of_type {
    ($name:ty, $oid:literal, $array:literal) => {
        impl Type<Postgres> for $name {
            fn type_info() -> PgTypeInfo {
                PgTypeInfo::with_oid(Oid($oid))
            }
        }

        impl PgHasArrayType for $name {
            fn array_type_info() -> PgTypeInfo {
                PgTypeInfo::with_oid(Oid($array))
            }
        }
    };
}

of_type!(Id, 2950, 2951);
of_type!(Time, 1184, 1185);
of_type!(Json<'_>, 114, 199);

impl Encode<'_, Postgres> for Id {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }
}

impl Encode<'_, Postgres> for Time {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(&self.0.saturating_sub(EPOCH).to_be_bytes());
        Ok(IsNull::No)
    }
}

impl Encode<'_, Postgres> for Json<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_keep_their_microseconds_or_are_refused() {
        let first = DateTime::from_timestamp_micros(FIRST).unwrap();
        assert_eq!(first.to_rfc3339(), "-4713-11-24T00:00:00+00:00");
        for time in [first, DateTime::UNIX_EPOCH, DateTime::<Utc>::MAX_UTC] {
            let sent = Time::new("time", time).unwrap().micros() - EPOCH;
            assert_eq!(micros(sent), Some(time.timestamp_micros()));
        }
        for time in [first - chrono::TimeDelta::microseconds(1), DateTime::<Utc>::MIN_UTC] {
            assert!(Time::new("time", time).err().unwrap().is_invalid());
            assert_eq!(Time::at_least(time).micros(), FIRST);
        }
        let later = DateTime::from_timestamp(1, 1).unwrap();
        assert_eq!(Time::at_least(later).micros(), 1_000_001, "what is at or after it stays so");
        assert_eq!((micros(i64::MAX), micros(i64::MIN)), (None, None), "infinity");
    }
}
