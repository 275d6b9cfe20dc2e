//! Which calls of durable handlers are under way, so that a shutdown can tell of them and see their end.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use crate::delivery::DurableHandler;
use crate::id::HandlerName;

/// Whether calls may begin, and who waits for their end.
#[derive(Default)]
pub(crate) struct DurableCalls {
    cut_off: AtomicBool,
    ended: Notify,
}

/// A call under way; it has ended when this is dropped.
pub(super) struct UnderWay<'c> {
    calls: &'c DurableCalls,
    handler: &'c DurableHandler,
}

impl DurableCalls {
    /// Begins a call. When they are cut off it never does: whoever asks is about to be dropped.
    pub(super) async fn begin<'c>(&'c self, handler: &'c DurableHandler) -> UnderWay<'c> {
        // It is counted before it looks, and they are cut off before they are counted: one sees the other.
        handler.under_way.fetch_add(1, Ordering::SeqCst);
        let under_way = UnderWay { calls: self, handler };
        if self.cut_off.load(Ordering::SeqCst) {
            drop(under_way);
            return std::future::pending().await;
        }
        under_way
    }

    /// Lets no call begin any more; answers with those that are under way.
    pub(super) fn cut_off(&self, handlers: &[Arc<DurableHandler>]) -> BTreeMap<HandlerName, usize> {
        self.cut_off.store(true, Ordering::SeqCst);
        let calls = handlers.iter().map(|handler| (handler.name().clone(), under_way(handler)));
        calls.filter(|(_, calls)| *calls > 0).collect()
    }

    /// Waits until none is under way any more.
    pub(super) async fn ended(&self, handlers: &[Arc<DurableHandler>]) {
        loop {
            let mut ended = pin!(self.ended.notified());
            // It listens before it looks, so that no end falls in between.
            ended.as_mut().enable();
            if handlers.iter().all(|handler| under_way(handler) == 0) {
                return;
            }
            ended.await;
        }
    }
}

fn under_way(handler: &DurableHandler) -> usize {
    handler.under_way.load(Ordering::SeqCst)
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.handler.under_way.fetch_sub(1, Ordering::SeqCst);
        if self.calls.cut_off.load(Ordering::SeqCst) {
            self.calls.ended.notify_waiters();
        }
    }
}
