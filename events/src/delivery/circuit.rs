//! When a handler fails on everything, the fault isn't in the events.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::clock;

/// So many failures in a row open the circuit…
const FAILURES: u32 = 10;
/// …if they are about at least so many keys.
const KEYS: usize = 3;
/// How long the handler rests before the first probe.
const FIRST_REST: Duration = Duration::from_secs(1);
/// How long it rests at most.
const LONGEST_REST: Duration = Duration::from_secs(60);

/// Counts failures in a row, and stops the calls when there are too many of them.
#[derive(Debug, Default)]
pub(super) struct Circuit {
    failures: u32,
    keys: HashSet<u64>,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    rest: Duration,
    probe_at: DateTime<Utc>,
}

impl Circuit {
    /// A call has succeeded. Answers whether that has closed the circuit.
    pub(super) fn succeeded(&mut self) -> bool {
        self.failures = 0;
        if !self.keys.is_empty() {
            self.keys.clear();
        }
        self.open.take().is_some()
    }

    /// A call about that key has failed. Answers whether that has opened the circuit.
    pub(super) fn failed(&mut self, key: u64, now: DateTime<Utc>) -> bool {
        if let Some(open) = &mut self.open {
            open.rest = open.rest.saturating_mul(2).min(LONGEST_REST);
            open.probe_at = clock::after(now, open.rest);
            return false;
        }
        self.failures = self.failures.saturating_add(1);
        self.keys.insert(key);
        if self.failures < FAILURES || self.keys.len() < KEYS {
            return false;
        }
        self.open = Some(Open { rest: FIRST_REST, probe_at: clock::after(now, FIRST_REST) });
        true
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// When the next call may be tried; none while all may.
    pub(super) fn probe_at(&self) -> Option<DateTime<Utc>> {
        self.open.as_ref().map(|open| open.probe_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    #[test]
    fn many_failures_of_many_keys_open_it_and_a_success_closes_it() {
        let mut circuit = Circuit::default();
        let opened: Vec<_> = (0..10).map(|key| circuit.failed(key, second(0))).collect();
        assert_eq!(opened.iter().position(|opened| *opened), Some(9));
        assert_eq!(circuit.probe_at(), Some(second(1)));
        assert!(!circuit.failed(1, second(1)));
        assert_eq!(circuit.probe_at(), Some(second(3)), "the rest has doubled");
        assert!(circuit.succeeded() && !circuit.is_open());
        assert!(!circuit.failed(1, second(4)), "counted anew");
    }

    #[test]
    fn one_bad_key_does_not_open_it() {
        let mut circuit = Circuit::default();
        assert!((0..100).all(|failure| !circuit.failed(failure % 2, second(0))));
    }

    #[test]
    fn a_success_in_between_does_not_let_it_open() {
        let mut circuit = Circuit::default();
        for round in 0..100 {
            assert!(!circuit.failed(round, second(0)));
            if round % 9 == 8 {
                assert!(!circuit.succeeded());
            }
        }
    }

    #[test]
    fn the_rest_has_a_limit() {
        let mut circuit = Circuit::default();
        for key in 0..50 {
            circuit.failed(key, second(0));
        }
        assert_eq!(circuit.probe_at(), Some(second(60)));
    }
}
