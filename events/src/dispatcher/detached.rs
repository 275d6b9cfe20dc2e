//! A commit that goes on when nobody waits for it any more.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;

use crate::handler::BoxFuture;

/// Polls the work in place. Dropped before the first poll, the work has not begun; dropped later,
/// the rest of it is spawned on the runtime.
pub(crate) struct Detached<T: Send + 'static, E: Error + Send + 'static> {
    work: Option<BoxFuture<'static, Result<T, E>>>,
    begun: bool,
    runtime: Option<Handle>,
}

impl<T: Send + 'static, E: Error + Send + 'static> Detached<T, E> {
    pub(crate) fn new(work: BoxFuture<'static, Result<T, E>>, runtime: Option<Handle>) -> Self {
        Self { work: Some(work), begun: false, runtime }
    }
}

impl<T: Send + 'static, E: Error + Send + 'static> Future for Detached<T, E> {
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, E>> {
        self.begun = true;
        // Taken out while it is polled: work that panics must not be polled again by `drop`.
        let Some(mut work) = self.work.take() else { return Poll::Pending };
        let poll = work.as_mut().poll(cx);
        if poll.is_pending() {
            self.work = Some(work);
        }
        poll
    }
}

impl<T: Send + 'static, E: Error + Send + 'static> Drop for Detached<T, E> {
    fn drop(&mut self) {
        let Some(work) = self.work.take().filter(|_| self.begun) else { return };
        match Handle::try_current().ok().or_else(|| self.runtime.take()) {
            Some(runtime) => drop(runtime.spawn(log_error(work))),
            None => tracing::warn!("a commit was dropped outside of a runtime: what was left of it is not done"),
        }
    }
}

/// Nobody else would hear of it.
async fn log_error<T, E: Error + 'static>(work: BoxFuture<'static, Result<T, E>>) {
    if let Err(error) = work.await {
        let error: &(dyn Error + 'static) = &error;
        tracing::error!(error, "a commit that nobody waited for has failed");
    }
}
