//! Handlers that keep a thread of the runtime for too long.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::id::HandlerName;

/// How often a handler is reported at most.
const REPORTED: Duration = Duration::from_secs(60);

/// How often a handler has kept its thread for too long.
#[derive(Default)]
pub(crate) struct Blocks {
    count: AtomicU64,
    reported: Mutex<Option<Instant>>,
}

impl Blocks {
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Counts one that has ended now; answers whether it is to be reported.
    fn note(&self, now: Instant) -> bool {
        self.count.fetch_add(1, Ordering::Relaxed);
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        let due = reported.is_none_or(|last| now.saturating_duration_since(last) >= REPORTED);
        if due {
            *reported = Some(now);
        }
        due
    }
}

/// Takes the time of each poll of a handler, and of the call of one that can't wait.
#[derive(Clone, Copy)]
pub(crate) struct Stopwatch<'c> {
    limit: Duration,
    handler: &'c HandlerName,
    blocks: &'c Blocks,
}

impl<'c> Stopwatch<'c> {
    pub(crate) fn new(limit: Duration, handler: &'c HandlerName, blocks: &'c Blocks) -> Self {
        Self { limit, handler, blocks }
    }

    #[cold]
    fn report(self, took: Duration, now: Instant) {
        if self.blocks.note(now) {
            tracing::warn!(
                handler = %self.handler,
                took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                limit_ms = u64::try_from(self.limit.as_millis()).unwrap_or(u64::MAX),
                times = self.blocks.count(),
                "a handler keeps a thread of the runtime from everything else: let it await, or do the work in `spawn_blocking`"
            );
        }
    }
}

/// Does it, under the watch if there is one.
#[inline]
pub(crate) fn timed<T>(watch: Option<Stopwatch<'_>>, work: impl FnOnce() -> T) -> T {
    let begun = watch.map(|_| Instant::now());
    let done = work();
    if let (Some(watch), Some(begun)) = (watch, begun) {
        let now = Instant::now();
        let took = now - begun;
        if took > watch.limit {
            watch.report(took, now);
        }
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_one_a_minute_is_reported() {
        let (blocks, start) = (Blocks::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        let reported: Vec<_> = (0..=120).filter(|second| blocks.note(at(*second))).collect();
        assert_eq!((reported, blocks.count()), (vec![0, 60, 120], 121));
    }

    #[test]
    fn what_is_quick_is_not_counted() {
        let (blocks, handler) = (Blocks::default(), HandlerName::from_static("quick"));
        let watch = |limit| Some(Stopwatch::new(limit, &handler, &blocks));
        assert_eq!(timed(watch(Duration::MAX), || 7), 7);
        assert_eq!(timed(None, || 8), 8);
        assert_eq!(blocks.count(), 0);
        timed(watch(Duration::ZERO), || std::hint::black_box(vec![0; 10_000]));
        assert_eq!(blocks.count(), 1);
    }
}
