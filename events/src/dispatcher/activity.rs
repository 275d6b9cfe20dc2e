//! What is under way, so that a shutdown can wait for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

/// Counts the commits and background tasks that are under way.
pub(crate) struct Activity {
    state: Arc<watch::Sender<State>>,
}

#[derive(Clone, Copy, Default)]
struct State {
    under_way: usize,
    /// Nothing begins from outside.
    closing: bool,
    /// Nothing begins at all, unless it follows from something that is still under way.
    ended: bool,
}

/// Something under way; it has ended when this is dropped.
pub(crate) struct Guard(Arc<watch::Sender<State>>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.send_modify(|state| state.under_way = state.under_way.saturating_sub(1));
    }
}

impl Activity {
    pub(crate) fn new() -> Self {
        Self { state: Arc::new(watch::Sender::new(State::default())) }
    }

    /// Begins something from outside; `None` once the shutdown has begun.
    pub(crate) fn begin(&self) -> Option<Guard> {
        self.admit(|state| !state.closing)
    }

    /// Begins something that follows from what is under way; `None` when the shutdown is over and
    /// nothing is: a task that a handler has spawned may have a cause for ever.
    pub(crate) fn follow(&self) -> Option<Guard> {
        self.admit(|state| !state.ended || state.under_way > 0)
    }

    fn admit(&self, admits: impl FnOnce(&State) -> bool) -> Option<Guard> {
        let mut admitted = false;
        self.state.send_modify(|state| {
            admitted = admits(state);
            state.under_way += usize::from(admitted);
        });
        admitted.then(|| Guard(Arc::clone(&self.state)))
    }

    /// Lets nothing begin from outside any more.
    pub(crate) fn close(&self) {
        self.state.send_modify(|state| state.closing = true);
    }

    /// Lets nothing begin any more that doesn't follow from what is left.
    pub(crate) fn end(&self) {
        self.state.send_modify(|state| state.ended = true);
    }

    /// Waits until nothing is under way; answers how much still is when the time is over.
    pub(crate) async fn drained(&self, limit: Duration) -> usize {
        let mut watcher = self.state.subscribe();
        let idle = watcher.wait_for(|state| state.under_way == 0);
        match tokio::time::timeout(limit, idle).await {
            // The sender is ours, so the channel is open.
            Ok(_) => 0,
            Err(_) => self.state.borrow().under_way,
        }
    }
}
