//! Lanes that a process leaves alone for a while.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::id::HandlerName;

/// A lane, whoever has it.
pub(super) type Place = (HandlerName, u32);

/// How long a lane is left alone that has failed, at first and at most.
const FAILED: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// The same for a lane whose next event this process is too old for.
const TOO_OLD: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(600));
/// How long a deploy may take before a lane that waits for a newer program is worth a warning.
const GRACE: Duration = Duration::from_secs(60);

/// The lanes, and since when and for how long.
#[derive(Debug, Default)]
pub(super) struct Resting(HashMap<Place, Rest>);

#[derive(Debug, Clone, Copy)]
struct Rest {
    /// When it began to end that way, again and again.
    first: Instant,
    until: Instant,
    length: Duration,
    too_old: bool,
}

impl Resting {
    /// The lane has failed after it has worked for so long. Answers how long it rests.
    pub(super) fn failed(&mut self, place: Place, worked: Duration) -> Duration {
        self.rest(place, worked, false).length
    }

    /// The lane has met an event that is newer than the program. Answers whether that has been so for longer
    /// than a deploy takes.
    pub(super) fn too_old(&mut self, place: Place, worked: Duration) -> bool {
        let rest = self.rest(place, worked, true);
        rest.first.elapsed() >= GRACE
    }

    /// Longer each time, unless it was well in between.
    fn rest(&mut self, place: Place, worked: Duration, too_old: bool) -> Rest {
        let (shortest, longest) = if too_old { TOO_OLD } else { FAILED };
        let now = Instant::now();
        let before = self.0.get(&place).filter(|rest| rest.too_old == too_old && worked < longest);
        // Somebody else may have had it for hours.
        let before = before.filter(|rest| rest.until + longest * 2 > now);
        let length = before.map_or(shortest, |rest| rest.length.saturating_mul(2).min(longest));
        let first = before.map_or(now, |rest| rest.first);
        let rest = Rest { first, until: now + length, length, too_old };
        self.0.insert(place, rest);
        rest
    }

    pub(super) fn forget(&mut self, place: &Place) {
        self.0.remove(place);
    }

    pub(super) fn rests(&self, place: &Place) -> bool {
        self.0.get(place).is_some_and(|rest| Instant::now() < rest.until)
    }

    /// Whether this process is too old for what the handler has to handle next.
    pub(super) fn is_too_old_for(&self, handler: &HandlerName) -> bool {
        let now = Instant::now();
        self.0.iter().any(|((of, _), rest)| of == handler && rest.too_old && now < rest.until)
    }

    /// When the next of them has rested.
    pub(super) fn next(&self) -> Option<Instant> {
        let now = Instant::now();
        self.0.values().map(|rest| rest.until).filter(|until| *until > now).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        ("copy".into(), 0)
    }

    fn second(second: u64) -> Duration {
        Duration::from_secs(second)
    }

    #[tokio::test(start_paused = true)]
    async fn each_failure_in_a_row_rests_longer() {
        let mut resting = Resting::default();
        let lengths: Vec<_> = (0..8).map(|_| resting.failed(place(), second(0)).as_secs()).collect();
        assert_eq!(lengths, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert!(resting.rests(&place()));
        tokio::time::advance(second(61)).await;
        assert!(!resting.rests(&place()));
        assert_eq!(resting.failed(place(), second(61)), second(1), "it has worked for a while");
    }

    #[tokio::test(start_paused = true)]
    async fn a_deploy_is_given_time() {
        let mut resting = Resting::default();
        assert!(!resting.too_old(place(), second(0)));
        assert!(resting.is_too_old_for(&"copy".into()));
        tokio::time::advance(second(31)).await;
        assert!(!resting.is_too_old_for(&"copy".into()) && !resting.too_old(place(), second(0)));
        tokio::time::advance(second(61)).await;
        assert!(resting.too_old(place(), second(0)));
        assert_eq!(resting.failed(place(), second(0)), second(1), "another cause");
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_long_ago_is_forgotten() {
        let mut resting = Resting::default();
        resting.too_old(place(), second(0));
        tokio::time::advance(second(7_200)).await;
        assert!(!resting.too_old(place(), second(0)));
    }
}
