//! One safe call of one handler: a panic or a time-out is a failure like any other.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::{BoxFuture, Class, Delivery, EventContext, HandlerError, HandlerFailure, HandlerResult, Stopwatch, timed};
use crate::event::{Emitted, EventMetadata, collecting};
use crate::id::HandlerName;

/// A call of an async handler that is under way.
pub(crate) struct Invocation<'c> {
    future: BoxFuture<'c, HandlerResult>,
    emitted: Option<Emitted>,
    span: tracing::Span,
    watch: Option<Stopwatch<'c>>,
}

impl<'c> Invocation<'c> {
    pub(crate) fn new(
        future: BoxFuture<'c, HandlerResult>,
        emitted: Option<Emitted>,
        span: tracing::Span,
        watch: Option<Stopwatch<'c>>,
    ) -> Self {
        Self { future, emitted, span, watch }
    }

    /// What was emitted so far. A handler that is given up may panic as it is dropped, too.
    pub(crate) fn into_emitted(self) -> Option<Emitted> {
        let Self { future, emitted, span, .. } = self;
        let _entered = span.enter();
        if catch_unwind(AssertUnwindSafe(|| drop(future))).is_err() {
            tracing::warn!("a handler panicked as it was dropped");
        }
        emitted
    }
}

impl Future for Invocation<'_> {
    type Output = HandlerResult;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<HandlerResult> {
        let Self { future, emitted, span, watch } = &mut *self;
        timed(*watch, || poll_call(future, emitted, span, cx))
    }
}

/// Polls a call; a panic is its failure.
#[inline]
pub(crate) fn poll_call(
    future: &mut BoxFuture<'_, HandlerResult>,
    emitted: &mut Option<Emitted>,
    span: &tracing::Span,
    cx: &mut Context<'_>,
) -> Poll<HandlerResult> {
    let _entered = span.enter();
    let poll = catch_unwind(AssertUnwindSafe(|| collecting(emitted, || future.as_mut().poll(cx))));
    poll.unwrap_or_else(|panic| Poll::Ready(Err(panicked(panic))))
}

/// Calls a sync handler.
pub(crate) fn invoke_sync(
    call: impl FnOnce(&EventContext<'_>) -> HandlerResult,
    context: &EventContext<'_>,
    emitted: &mut Option<Emitted>,
) -> HandlerResult {
    catch_unwind(AssertUnwindSafe(|| collecting(emitted, || call(context))))
        .unwrap_or_else(|panic| Err(panicked(panic)))
}

/// Drives a call to its end, or to the end of its time.
///
/// Without a timer there is no end of its time, so it isn't waited for at all: it has failed.
pub(crate) async fn invoke_async(invocation: &mut Invocation<'_>, limit: Duration) -> HandlerResult {
    if tokio::runtime::Handle::try_current().is_err() {
        return Err(HandlerError::transient(NoTimer));
    }
    // Making the timer panics on a runtime without time.
    let limited = catch_unwind(AssertUnwindSafe(|| tokio::time::timeout(limit, invocation)));
    match limited {
        Ok(limited) => limited.await.unwrap_or_else(|_| Err(HandlerError::new(Class::Timeout, TimedOut(limit)))),
        Err(_) => Err(HandlerError::transient(NoTimer)),
    }
}

/// The failure that a panic is.
pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> HandlerError {
    let text =
        panic.downcast_ref::<&str>().map(|text| (*text).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
    HandlerError::new(Class::Panic, Panicked(text.unwrap_or_else(|| "no message".to_owned())))
}

/// Counts a handler's answer.
#[inline]
pub(crate) fn settle(delivery: &mut Delivery, handler: &HandlerName, metadata: &EventMetadata, result: HandlerResult) {
    match result {
        Ok(()) => delivery.count_handled(),
        Err(error) => fail(delivery, handler, metadata, error),
    }
}

#[cold]
fn fail(delivery: &mut Delivery, handler: &HandlerName, metadata: &EventMetadata, error: HandlerError) {
    tracing::warn!(
        handler = %handler,
        event = %metadata.name(),
        id = %metadata.event_id(),
        class = %error.class(),
        error_type = error.type_name(),
        "a handler has failed"
    );
    delivery.push_failure(HandlerFailure::new(handler.clone(), metadata.name().clone(), metadata.event_id(), error));
}

#[derive(Debug, thiserror::Error)]
#[error("the handler panicked: {0}")]
struct Panicked(String);

#[derive(Debug, thiserror::Error)]
#[error("the handler has to wait, and there is no tokio runtime with time enabled to limit that")]
struct NoTimer;

#[derive(Debug, thiserror::Error)]
#[error("the handler took longer than {0:?}")]
struct TimedOut(Duration);
