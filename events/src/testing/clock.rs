//! A clock that stands still until it is told otherwise.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use crate::clock::{self, Clock};
use crate::handler::BoxFuture;

/// A clock for tests. All clones are one clock; what waits for a time goes on when it is reached.
///
/// ```
/// use events::clock::Clock;
/// use events::testing::ManualClock;
/// use std::time::Duration;
///
/// let clock = ManualClock::default();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(60));
/// assert_eq!((clock.now() - before).num_seconds(), 60);
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock {
    now: Arc<watch::Sender<DateTime<Utc>>>,
    sleepers: Arc<Sleepers>,
}

/// How many wait for a time.
#[derive(Debug, Default)]
struct Sleepers(Mutex<BTreeMap<DateTime<Utc>, usize>>);

/// One that waits, until it is dropped.
struct Sleeper {
    sleepers: Arc<Sleepers>,
    until: DateTime<Utc>,
}

impl Default for ManualClock {
    /// Begins at the start of 2026.
    fn default() -> Self {
        Self::at(DateTime::from_timestamp(1_767_225_600, 0).unwrap_or_default())
    }
}

impl ManualClock {
    /// Begins at that time.
    #[must_use]
    pub fn at(time: DateTime<Utc>) -> Self {
        Self { now: Arc::new(watch::Sender::new(clock::cut(time))), sleepers: Arc::default() }
    }

    /// Goes forward.
    pub fn advance(&self, time: Duration) {
        self.now.send_modify(|now| *now = clock::after(*now, time));
    }

    /// Goes forward to the next time that something waits for, and answers whether there was one: a
    /// retry, a probe, the renewal of a lease.
    ///
    /// ```
    /// use events::clock::Clock;
    /// use events::testing::ManualClock;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::default();
    /// let due = clock.now() + Duration::from_secs(30);
    /// let retry = clock.sleep_until(due);
    /// assert!(clock.advance_to_next());
    /// assert_eq!(clock.now(), due);
    /// drop(retry);
    /// assert!(!clock.advance_to_next());
    /// ```
    pub fn advance_to_next(&self) -> bool {
        let sleepers = self.sleepers.lock();
        self.now.send_if_modified(|now| {
            let next = sleepers.keys().copied().find(|until| until > now);
            next.inspect(|next| *now = *next).is_some()
        })
    }

    /// Goes to that time, forward or back.
    pub fn set(&self, time: DateTime<Utc>) {
        self.now.send_replace(clock::cut(time));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.now.borrow()
    }

    fn sleep_until(&self, time: DateTime<Utc>) -> BoxFuture<'_, ()> {
        let mut watcher = self.now.subscribe();
        let sleeper = Sleeper::new(&self.sleepers, clock::cut(time));
        Box::pin(async move {
            let _asleep = sleeper;
            // The sender lives as long as the clock that is borrowed here.
            drop(watcher.wait_for(|now| *now >= time).await);
        })
    }
}

impl Sleepers {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<DateTime<Utc>, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sleeper {
    fn new(sleepers: &Arc<Sleepers>, until: DateTime<Utc>) -> Self {
        *sleepers.lock().entry(until).or_default() += 1;
        Self { sleepers: Arc::clone(sleepers), until }
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let mut sleepers = self.sleepers.lock();
        if let Some(count) = sleepers.get_mut(&self.until) {
            *count -= 1;
            if *count == 0 {
                sleepers.remove(&self.until);
            }
        }
    }
}
