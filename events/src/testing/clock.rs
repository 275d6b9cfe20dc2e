//! A clock that stands still until it is told otherwise.

use std::sync::Arc;
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
        Self { now: Arc::new(watch::Sender::new(clock::cut(time))) }
    }

    /// Goes forward.
    pub fn advance(&self, time: Duration) {
        self.now.send_modify(|now| *now = clock::after(*now, time));
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
        Box::pin(async move {
            // The sender lives as long as the clock that is borrowed here.
            drop(watcher.wait_for(|now| *now >= time).await);
        })
    }
}
