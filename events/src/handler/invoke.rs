//! One safe call of one handler: a panic or a time-out is a failure like any other.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::{BoxFuture, Class, EventContext, HandlerError, HandlerResult};
use crate::event::{Scope, scoped};

/// A call that is under way.
pub(crate) struct Invocation<'c> {
    future: BoxFuture<'c, HandlerResult>,
    scope: Scope,
}

impl<'c> Invocation<'c> {
    pub(crate) fn new(future: BoxFuture<'c, HandlerResult>, scope: Scope) -> Self {
        Self { future, scope }
    }

    /// What was emitted so far.
    pub(crate) fn into_scope(self) -> Scope {
        self.scope
    }
}

impl Future for Invocation<'_> {
    type Output = HandlerResult;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<HandlerResult> {
        let Self { future, scope } = &mut *self;
        let poll = catch_unwind(AssertUnwindSafe(|| scoped(scope, || future.as_mut().poll(cx))));
        poll.unwrap_or_else(|panic| Poll::Ready(Err(panicked(panic))))
    }
}

/// Calls a sync handler in the scope.
pub(crate) fn invoke_sync(
    call: impl FnOnce(&EventContext<'_>) -> HandlerResult,
    context: &EventContext<'_>,
    scope: &mut Scope,
) -> HandlerResult {
    catch_unwind(AssertUnwindSafe(|| scoped(scope, || call(context)))).unwrap_or_else(|panic| Err(panicked(panic)))
}

/// Drives a call to its end, or to the end of its time.
pub(crate) async fn invoke_async(invocation: &mut Invocation<'_>, limit: Duration) -> HandlerResult {
    match tokio::time::timeout(limit, invocation).await {
        Ok(result) => result,
        Err(_) => Err(timed_out(limit)),
    }
}

/// The failure that a panic is.
pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> HandlerError {
    let text =
        panic.downcast_ref::<&str>().map(|text| (*text).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
    HandlerError::new(Class::Panic, Panicked(text.unwrap_or_else(|| "no message".to_owned())))
}

fn timed_out(limit: Duration) -> HandlerError {
    HandlerError::new(Class::Timeout, TimedOut(limit))
}

#[derive(Debug, thiserror::Error)]
#[error("the handler panicked: {0}")]
struct Panicked(String);

#[derive(Debug, thiserror::Error)]
#[error("the handler took longer than {0:?}")]
struct TimedOut(Duration);
