//! The diary's own time.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use events::clock::{Clock, SystemClock};

/// A clock that is set to the time of each line as it is imported, and runs on from there.
///
/// Rules ask what time it is ("not in the future", "not older than last week"). An import that
/// answered with today's date would get other events in other months; this way the fortnight
/// happens again as it did. The clock is only ever set forward.
#[derive(Debug)]
pub(crate) struct DiaryClock {
    /// How far the diary's time is from the system's, in microseconds.
    shift: AtomicI64,
}

impl DiaryClock {
    /// A clock that stands at a time now.
    pub(crate) fn starting_at(time: DateTime<Utc>) -> Self {
        Self { shift: AtomicI64::new(shift_to(time)) }
    }

    /// Sets the clock to a time, unless it is later already.
    pub(crate) fn advance_to(&self, time: DateTime<Utc>) {
        self.shift.fetch_max(shift_to(time), Ordering::Relaxed);
    }
}

fn shift_to(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros().saturating_sub(SystemClock.now().timestamp_micros())
}

impl Clock for DiaryClock {
    fn now(&self) -> DateTime<Utc> {
        let shift = TimeDelta::microseconds(self.shift.load(Ordering::Relaxed));
        let now = SystemClock.now();
        now.checked_add_signed(shift).unwrap_or(now)
    }

    fn sleep_until(&self, time: DateTime<Utc>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            while let Some(left) = (time - self.now()).to_std().ok().filter(|left| !left.is_zero()) {
                tokio::time::sleep(left).await;
            }
        })
    }
}
