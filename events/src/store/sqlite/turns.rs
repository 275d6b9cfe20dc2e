//! Whose turn it is to write.
//!
//! SQLite has one write lock, and whoever finds it taken asks again after a while, at random. Those
//! who write within this process, the writer's thread and the transactions of handlers, line up
//! here before they ask: none of them starves, and the next one begins as soon as the last has ended.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The line. All clones are one.
#[derive(Clone)]
pub(super) struct Turns {
    line: Arc<Line>,
    patience: Duration,
}

struct Line {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Default)]
struct State {
    taken: bool,
    waiting: VecDeque<u64>,
    last_ticket: u64,
}

/// The right to write, until it is dropped.
pub(super) struct Turn(Arc<Line>);

impl Turns {
    /// Nobody waits longer than `patience`.
    pub(super) fn new(patience: Duration) -> Self {
        Self { line: Arc::new(Line { state: Mutex::default(), moved: Condvar::new() }), patience }
    }

    /// Waits in line, and blocks the thread meanwhile.
    pub(super) fn take(&self) -> Option<Turn> {
        let mut state = self.line.lock();
        if state.taken || !state.waiting.is_empty() {
            state = self.wait(state)?;
        }
        state.taken = true;
        Some(Turn(Arc::clone(&self.line)))
    }

    fn wait<'s>(&'s self, mut state: MutexGuard<'s, State>) -> Option<MutexGuard<'s, State>> {
        let began = Instant::now();
        state.last_ticket += 1;
        let mine = state.last_ticket;
        state.waiting.push_back(mine);
        loop {
            if !state.taken && state.waiting.front() == Some(&mine) {
                state.waiting.pop_front();
                return Some(state);
            }
            let left = self.patience.saturating_sub(began.elapsed());
            if left.is_zero() {
                state.waiting.retain(|ticket| *ticket != mine);
                self.line.moved.notify_all();
                return None;
            }
            (state, _) = self.line.moved.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Line {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.lock().taken = false;
        self.0.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait_until(condition: impl Fn() -> bool) {
        let began = Instant::now();
        while !condition() {
            assert!(began.elapsed() < Duration::from_secs(30), "it never comes");
            std::thread::yield_now();
        }
    }

    #[test]
    fn turns_are_taken_in_the_order_of_asking() {
        let turns = Turns::new(Duration::from_secs(30));
        let order = Arc::new(Mutex::new(Vec::new()));
        let first = turns.take().unwrap();
        let mut threads = Vec::new();
        for number in 1..=4_usize {
            let (turns, order) = (turns.clone(), Arc::clone(&order));
            let line = Arc::clone(&turns.line);
            threads.push(std::thread::spawn(move || {
                let turn = turns.take().unwrap();
                order.lock().unwrap().push(number);
                drop(turn);
            }));
            wait_until(|| line.lock().waiting.len() == number);
        }
        drop(first);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(*order.lock().unwrap(), [1, 2, 3, 4]);
    }

    #[test]
    fn who_waits_too_long_leaves_the_line() {
        let turns = Turns::new(Duration::ZERO);
        let first = turns.take().unwrap();
        assert!(turns.take().is_none());
        assert!(turns.line.lock().waiting.is_empty());
        drop(first);
        assert!(turns.take().is_some());
    }
}
