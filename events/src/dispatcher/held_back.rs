//! What handlers emit on events that were handled before.

use std::sync::Arc;

use super::committing::{Outbox, address};
use super::inner::Inner;
use crate::bus::AfterCall;
use crate::event::{Cause, Emitted};
use crate::handler::{BoxFuture, HandlerError};

/// Takes what a handler emits, and leaves it at that: it was committed when the event was handled for the
/// first time.
pub(super) struct HeldBack<'a> {
    inner: &'a Arc<Inner>,
    /// The handler was lent a transaction.
    lends: bool,
}

impl<'a> HeldBack<'a> {
    pub(super) fn beside(inner: &'a Arc<Inner>) -> Self {
        Self { inner, lends: false }
    }

    pub(super) fn inside(inner: &'a Arc<Inner>) -> Self {
        Self { inner, lends: true }
    }
}

impl AfterCall for HeldBack<'_> {
    fn outbox(&self) -> Emitted {
        Outbox(self.inner).outbox()
    }

    fn lender(&self) -> Option<usize> {
        self.lends.then(|| address(self.inner))
    }

    fn commit<'a>(&'a self, cause: Cause, emitted: Emitted) -> BoxFuture<'a, Result<(), HandlerError>> {
        tracing::trace!(events = emitted.events.len(), "held back: the handler goes over history again");
        drop(cause);
        Box::pin(std::future::ready(Ok(())))
    }
}
