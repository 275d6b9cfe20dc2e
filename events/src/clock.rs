//! Time, as a thing that tests can hold in their hands.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, TimeDelta, Utc};

/// Where the framework reads the time, and how it waits.
///
/// Production uses [`SystemClock`]; tests use `ManualClock` of the `testing` feature.
///
/// ```
/// use events::clock::{Clock, SystemClock};
///
/// let before = SystemClock.now();
/// assert!(SystemClock.now() >= before);
/// ```
pub trait Clock: Send + Sync + 'static {
    /// The time now, cut to microseconds.
    fn now(&self) -> DateTime<Utc>;

    /// Waits until [`now`](Clock::now) has reached `time`; at once if it has.
    ///
    /// # Panics
    /// The system's clock needs a tokio runtime with time enabled.
    fn sleep_until(&self, time: DateTime<Utc>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// The operating system's clock.
///
/// ```
/// use events::clock::{Clock, SystemClock};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let time = SystemClock.now() + chrono::TimeDelta::milliseconds(2);
/// SystemClock.sleep_until(time).await;
/// assert!(SystemClock.now() >= time);
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        system_now()
    }

    fn sleep_until(&self, time: DateTime<Utc>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            // A timer may fire early by its resolution, and the clock may be set back meanwhile.
            while let Some(left) = until(system_now(), time) {
                tokio::time::sleep(left).await;
            }
        })
    }
}

/// The time from `now` to `time`, or `None` if it has come.
fn until(now: DateTime<Utc>, time: DateTime<Utc>) -> Option<Duration> {
    (time - now).to_std().ok().filter(|left| !left.is_zero())
}

pub(crate) fn system_now() -> DateTime<Utc> {
    Micros::now().to_datetime()
}

/// A time as microseconds since 1970: what a publish reads and keeps, without a calendar.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Micros(i64);

impl Micros {
    pub(crate) fn now() -> Self {
        // A clock set before 1970 counts as 1970.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
        Self(seconds.saturating_mul(1_000_000).saturating_add(i64::from(since.subsec_micros())))
    }

    pub(crate) fn value(self) -> i64 {
        self.0
    }

    /// Every time that `chrono` has comes back from its microseconds.
    pub(crate) fn to_datetime(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

impl From<DateTime<Utc>> for Micros {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time.timestamp_micros())
    }
}

/// Cuts a time to microseconds, the precision of every store.
pub(crate) fn cut(time: DateTime<Utc>) -> DateTime<Utc> {
    Micros::from(time).to_datetime()
}

/// `time + delay`, or the end of time where that can't be represented.
pub(crate) fn after(time: DateTime<Utc>, delay: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(delay).ok().and_then(|delay| time.checked_add_signed(delay)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
