//! Identifiers of events and of chains of events.

use std::cell::RefCell;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use crate::clock::Micros;

/// The identity of one event: a UUID of version 7, so that ids sort roughly by time.
///
/// The store refuses to keep two events with one id; publishing again under the same id is how a
/// publisher makes a retry harmless.
///
/// ```
/// use events::EventId;
///
/// let id = EventId::now();
/// assert_ne!(id, EventId::now());
/// assert_eq!(id.to_string().parse::<EventId>().unwrap(), id);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(Uuid);

/// What all events of one chain share: the event that began it, and all that followed from it.
///
/// ```
/// use events::{CorrelationId, EventId};
///
/// let first = EventId::now();
/// assert_eq!(CorrelationId::from(first).as_uuid(), first.as_uuid());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CorrelationId(Uuid);

macro_rules! uuid_newtype {
    ($name:ident) => {
        impl $name {
            /// The UUID itself.
            #[must_use]
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

uuid_newtype!(EventId);
uuid_newtype!(CorrelationId);

impl EventId {
    /// A new id for an event that happens now, by the system's clock.
    #[must_use]
    pub fn now() -> Self {
        Self::at_micros(Micros::now())
    }

    /// A new id for an event that happens at `time`; a time before 1970 counts as 1970.
    ///
    /// The twelve bits after the milliseconds hold the fraction of the millisecond, as RFC 9562
    /// (section 6.2, method 3) suggests, the other 62 are random.
    #[must_use]
    pub fn at(time: DateTime<Utc>) -> Self {
        Self::at_micros(time.into())
    }

    pub(crate) fn at_micros(time: Micros) -> Self {
        let micros = u64::try_from(time.value()).unwrap_or(0);
        let fraction = (micros % 1_000) * 4_096 / 1_000;
        let [.., high, low] = fraction.to_be_bytes();
        let [r0, r1, r2, r3, r4, r5, r6, r7] = random_bytes();
        let tail = [high, low, r0, r1, r2, r3, r4, r5, r6, r7];
        Self(Builder::from_unix_timestamp_millis(micros / 1_000, &tail).into_uuid())
    }
}

impl From<EventId> for CorrelationId {
    fn from(id: EventId) -> Self {
        Self(id.0)
    }
}

/// Random bytes drawn from the system in blocks: one system call serves 64 ids.
fn random_bytes() -> [u8; 8] {
    const IDS: usize = 64;
    struct Pool {
        blocks: [u8; IDS * 8],
        left: usize,
    }
    thread_local! {
        static POOL: RefCell<Pool> = const { RefCell::new(Pool { blocks: [0; IDS * 8], left: 0 }) };
    }
    POOL.with_borrow_mut(|pool| {
        if pool.left == 0 {
            fill(&mut pool.blocks);
            pool.left = IDS;
        }
        pool.left -= 1;
        let (blocks, _) = pool.blocks.as_chunks_mut::<8>();
        match blocks.get_mut(pool.left) {
            Some(block) => std::mem::take(block),
            None => {
                // Never zeroes: an id of them would not be unique.
                let mut block = [0; 8];
                fill(&mut block);
                block
            }
        }
    })
}

/// # Panics
/// If the operating system has no source of randomness: no id made then would be unique.
#[expect(clippy::panic, reason = "an id that may not be unique would corrupt the store")]
fn fill(bytes: &mut [u8]) {
    if let Err(error) = getrandom::fill(bytes) {
        panic!("the system's source of randomness failed: {error}");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_of_version_7() {
        let now = crate::clock::system_now();
        let ids: HashSet<_> = (0..10_000).map(|_| EventId::at(now)).collect();
        assert_eq!(ids.len(), 10_000);
        assert!(ids.iter().all(|id| id.0.get_version_num() == 7));
    }

    #[test]
    fn ids_sort_by_microsecond() {
        let now = crate::clock::system_now();
        let later = now + chrono::TimeDelta::microseconds(1);
        assert!(EventId::at(now) < EventId::at(later));
    }

    #[test]
    fn a_time_before_the_epoch_is_the_epoch() {
        let id = EventId::at(DateTime::<Utc>::MIN_UTC);
        assert_eq!(id.0.get_timestamp().unwrap().to_unix().0, 0);
    }
}
