//! The event being handled at the moment, as the cause of what its handler publishes.
//!
//! The cause is a value in a thread-local, set while a handler runs: for the whole call of a sync
//! handler, and during each poll of an async one. Work that a handler gives to `tokio::spawn` runs
//! without it, unless the future goes through [`InCause::in_current_cause`].

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

use super::{Context, ErasedEvent, EventMetadata, TraceContext};
use crate::id::{Actor, CorrelationId, EventId, Tenant};

/// What an event passes on to the events that its handlers publish.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use events::Cause;
///
/// let bus = EventBus::builder().handlers(HandlerRegistry::none()).build().unwrap();
/// bus.subscribe(|_: &Ping, metadata: &EventMetadata| {
///     let cause = Cause::current().unwrap();
///     assert_eq!(cause.event_id(), Some(metadata.event_id()));
///     assert_eq!((cause.actor().unwrap().as_str(), cause.depth()), ("ada", 1));
/// });
/// bus.publish_with(&Ping, &Context::actor("ada")).into_result().unwrap();
/// assert!(Cause::current().is_none());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Cause {
    event_id: Option<EventId>,
    correlation_id: CorrelationId,
    actor: Option<Actor>,
    tenant: Option<Tenant>,
    trace: Option<Arc<TraceContext>>,
    depth: u16,
    /// The dispatcher that has lent the handler a transaction, by the address of its shared part.
    lender: Option<usize>,
}

impl Cause {
    /// The cause that an event is to what follows from it, `depth` handlers deep.
    pub(crate) fn of(metadata: &EventMetadata, depth: u16) -> Self {
        Self {
            event_id: Some(metadata.event_id()),
            correlation_id: metadata.correlation_id(),
            actor: metadata.actor().cloned(),
            tenant: metadata.tenant().cloned(),
            trace: metadata.shared_trace().cloned(),
            depth,
            lender: None,
        }
    }

    /// The same, for a handler that was lent a transaction.
    pub(crate) fn in_transaction_of(mut self, host: Option<usize>) -> Self {
        self.lender = host;
        self
    }

    /// Whether the handler was lent a transaction by that dispatcher, and what it publishes there would
    /// have to wait for it.
    pub(crate) fn is_in_transaction_of(&self, host: usize) -> bool {
        self.lender == Some(host)
    }

    /// The cause of the code that runs now, if it runs in a handler.
    #[must_use]
    pub fn current() -> Option<Self> {
        with_current(|cause| cause.cloned())
    }

    /// The depth of a handler that is called from the code that runs now.
    pub(crate) fn depth_below_current() -> u16 {
        with_current(|cause| cause.map_or(0, Self::depth)).saturating_add(1)
    }

    /// The event being handled.
    #[must_use]
    pub fn event_id(&self) -> Option<EventId> {
        self.event_id
    }

    /// The chain it belongs to.
    #[must_use]
    pub fn correlation_id(&self) -> CorrelationId {
        self.correlation_id
    }

    /// Who caused it.
    #[must_use]
    pub fn actor(&self) -> Option<&Actor> {
        self.actor.as_ref()
    }

    /// On whose behalf it happened.
    #[must_use]
    pub fn tenant(&self) -> Option<&Tenant> {
        self.tenant.as_ref()
    }

    /// The trace it belongs to.
    #[must_use]
    pub fn trace(&self) -> Option<&TraceContext> {
        self.trace.as_deref()
    }

    pub(crate) fn shared_trace(&self) -> Option<&Arc<TraceContext>> {
        self.trace.as_ref()
    }

    /// How many handlers are at work above this one: 1 in a handler of an event that was published
    /// outside of any handler.
    #[must_use]
    pub fn depth(&self) -> u16 {
        self.depth
    }
}

/// One call of a handler: its cause, and what it has emitted.
#[derive(Default)]
pub(crate) struct Scope {
    pub(crate) cause: Option<Cause>,
    /// `None` where nobody would commit an emitted event.
    pub(crate) emitted: Option<Emitted>,
}

/// What a handler has emitted, for the dispatcher that called it.
pub(crate) struct Emitted {
    /// The dispatcher, by the address of its shared part.
    pub(crate) host: usize,
    pub(crate) events: Vec<(Arc<dyn ErasedEvent>, Context)>,
}

thread_local! {
    static CURRENT: RefCell<Scope> = const { RefCell::new(Scope { cause: None, emitted: None }) };
}

/// Looks at the current cause without copying it.
pub(crate) fn with_current<T>(look: impl FnOnce(Option<&Cause>) -> T) -> T {
    CURRENT.with_borrow(|scope| look(scope.cause.as_ref()))
}

/// Changes the scope of the handler that runs now.
pub(crate) fn current<T>(change: impl FnOnce(&mut Scope) -> T) -> T {
    CURRENT.with_borrow_mut(change)
}

/// Runs `work` in the scope, which holds afterwards what was emitted meanwhile. Panics pass
/// through, and the scope is left all the same.
pub(crate) fn scoped<T>(scope: &mut Scope, work: impl FnOnce() -> T) -> T {
    struct Leave<'a>(&'a mut Scope);
    impl Drop for Leave<'_> {
        fn drop(&mut self) {
            current(|current| std::mem::swap(current, self.0));
        }
    }
    current(|current| std::mem::swap(current, scope));
    let _leave = Leave(scope);
    work()
}

/// Runs `work` with a place for what it emits, if there is one. Panics pass through.
#[inline]
pub(crate) fn collecting<T>(emitted: &mut Option<Emitted>, work: impl FnOnce() -> T) -> T {
    struct Leave<'a>(&'a mut Option<Emitted>);
    impl Drop for Leave<'_> {
        fn drop(&mut self) {
            current(|current| std::mem::swap(&mut current.emitted, self.0));
        }
    }
    if emitted.is_none() {
        return work();
    }
    current(|current| std::mem::swap(&mut current.emitted, emitted));
    let _leave = Leave(emitted);
    work()
}

/// Carries the cause over to another task.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use events::Cause;
///
/// async fn upload(_: &Ping, metadata: &EventMetadata) {
///     let lost = tokio::spawn(async { Cause::current() });
///     let kept = tokio::spawn(async { Cause::current() }.in_current_cause());
///     assert_eq!(lost.await.unwrap(), None);
///     assert_eq!(kept.await.unwrap().unwrap().event_id(), Some(metadata.event_id()));
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let bus = AsyncEventBus::builder().handlers(HandlerRegistry::none()).build()?;
/// bus.subscribe(upload);
/// bus.publish(Ping).await.into_result()?;
/// # Ok(())
/// # }
/// ```
pub trait InCause: Future + Sized {
    /// Polls the future with the cause of the code that calls this.
    fn in_current_cause(self) -> InCurrentCause<Self> {
        let scope = Scope { cause: Cause::current(), emitted: None };
        InCurrentCause { scope, future: Box::pin(self) }
    }
}

impl<F: Future> InCause for F {}

/// The future of [`InCause::in_current_cause`].
#[must_use = "futures do nothing unless polled"]
pub struct InCurrentCause<F> {
    scope: Scope,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for InCurrentCause<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<F::Output> {
        let Self { scope, future } = &mut *self;
        scoped(scope, || future.as_mut().poll(cx))
    }
}
