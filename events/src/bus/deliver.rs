//! One event on its way to the handlers of an async bus.
//!
//! The cause is the same for all handlers of an event, so it is set once around the whole
//! delivery; what a handler emits is its own, so that is set around each call. Every call is first
//! polled in place. Only those that wait go into a set of futures, which is made when the first one
//! does.

use std::future::poll_fn;
use std::iter::Peekable;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::table::{Begun, Entry, Found};
use super::{AsyncEventBus, Next};
use crate::event::{Cause, Emitted, ErasedEvent, EventMetadata, Scope, scoped};
use crate::handler::{
    Attempt, BoxFuture, Delivery, EventContext, HandlerError, HandlerResult, Invocation, Surroundings, invoke_async,
    invoke_sync, poll_call, settle, timed,
};
use crate::id::HandlerName;

/// What a dispatcher adds to a delivery: it commits what a handler has emitted, as part of the call.
pub(crate) trait AfterCall: Sync {
    /// Where a handler's emitted events go.
    fn outbox(&self) -> Emitted;

    /// The dispatcher, if it has lent the handler a transaction.
    fn lender(&self) -> Option<usize> {
        None
    }

    fn commit<'a>(&'a self, cause: Cause, emitted: Emitted) -> BoxFuture<'a, Result<(), HandlerError>>;
}

/// One event on its way to its handlers.
pub(crate) struct Deliver<'a> {
    pub(crate) event: &'a dyn ErasedEvent,
    pub(crate) metadata: &'a EventMetadata,
    pub(crate) surroundings: &'a Surroundings<'a>,
    pub(crate) depth: u16,
    /// `None` on a bus alone, where nobody would commit what is emitted, and nobody counts.
    pub(crate) after: Option<&'a dyn AfterCall>,
}

impl<'a> Deliver<'a> {
    /// On a bus alone.
    pub(super) fn on_bus(
        event: &'a dyn ErasedEvent,
        metadata: &'a EventMetadata,
        surroundings: &'a Surroundings<'a>,
    ) -> Self {
        Self { event, metadata, surroundings, depth: Cause::depth_below_current(), after: None }
    }

    fn cause(&self) -> Cause {
        let lender = self.after.and_then(AfterCall::lender);
        Cause::of(self.metadata, self.depth).in_transaction_of(lender)
    }

    /// A dispatcher has a span of its own around the commit.
    fn span(&self) -> tracing::Span {
        match self.after {
            Some(_) => tracing::Span::none(),
            None => tracing::debug_span!("publish", event = %self.metadata.name(), id = %self.metadata.event_id()),
        }
    }

    /// Only a dispatcher has somebody to tell the counts to.
    #[inline]
    fn count(&self, entry: &Entry, succeeded: bool) {
        if self.after.is_some() {
            entry.count(succeeded);
        }
    }
}

/// A call after its first poll.
enum First<'c> {
    /// It has succeeded and emitted nothing: by far the most frequent end, and the cheapest.
    Handled,
    Failed(HandlerError),
    /// Boxed, so that the frequent ends stay small.
    Unfinished(Box<Rest<'c>>),
}

impl First<'_> {
    #[inline]
    fn ended(result: HandlerResult, emitted: &mut Option<Emitted>) -> Self {
        match result {
            Err(error) => Self::Failed(error),
            Ok(()) if emitted.as_ref().is_none_or(|emitted| emitted.events.is_empty()) => Self::Handled,
            Ok(()) => Self::Unfinished(Box::new(Rest::Commit(emitted.take()))),
        }
    }
}

/// The calls of one event that have not begun, and what came of those that have.
struct Pass<'c, I: Iterator> {
    deliver: &'c Deliver<'c>,
    calls: Peekable<I>,
    /// The priority of the call that began last.
    priority: i32,
    /// How many calls wait for something.
    under_way: usize,
    /// What the call that began last has emitted.
    emitted: Option<Emitted>,
    delivery: Delivery,
}

/// Why a pass over the calls has stopped.
enum Stop<'c> {
    /// All have begun.
    Finished,
    /// The next one may not begin before one that is under way has ended.
    Full,
    /// One has failed.
    Failed(&'c Entry, HandlerError),
    /// One isn't at its end yet.
    Unfinished(&'c Entry, Box<Rest<'c>>),
}

/// What is left of a call after its first poll.
enum Rest<'c> {
    /// The handler waits for something.
    Call { invocation: Invocation<'c>, limit: Duration },
    /// The handler has succeeded; what it has emitted is to be committed.
    Commit(Option<Emitted>),
}

impl Rest<'_> {
    async fn finish(self, deliver: &Deliver<'_>) -> HandlerResult {
        match self {
            Self::Call { mut invocation, limit } => {
                let result = invoke_async(&mut invocation, limit).await;
                commit_emitted(deliver, result, invocation.into_emitted()).await
            }
            Self::Commit(emitted) => commit_emitted(deliver, Ok(()), emitted).await,
        }
    }
}

impl AsyncEventBus {
    /// Calls all handlers of the event.
    pub(crate) async fn deliver(&self, deliver: &Deliver<'_>) -> Delivery {
        let found = self.table.find(deliver.event.as_any().type_id());
        self.deliver_to(deliver, &found).await
    }

    /// Calls these handlers.
    pub(super) async fn deliver_to(&self, deliver: &Deliver<'_>, found: &Found<'_>) -> Delivery {
        if found.len() == 0 {
            return Delivery::default();
        }
        // A dispatcher has refused the commit by then.
        if let Some(refused) = found.refuse_too_deep(deliver.metadata, deliver.depth) {
            return refused;
        }
        let calls = pin!(self.call_all(deliver, found));
        in_cause(deliver, calls).await
    }

    /// Calls the handler of that name, if the event has it; for the attempts after the first.
    pub(crate) async fn call_one(
        &self,
        deliver: &Deliver<'_>,
        handler: &HandlerName,
        attempt: Attempt,
    ) -> Option<HandlerResult> {
        let found = self.table.find(deliver.event.as_any().type_id());
        let entry = found.iter().find(|entry| entry.name == *handler)?;
        Some(self.call_entry(deliver, entry, attempt).await)
    }

    /// Calls this handler, which needn't be in the table.
    pub(crate) async fn call_entry(&self, deliver: &Deliver<'_>, entry: &Entry, attempt: Attempt) -> HandlerResult {
        let context = self.context(deliver, &entry.name).with_attempt(attempt);
        let call = async {
            let mut emitted = None;
            match poll_fn(|cx| Poll::Ready(self.begin(cx, deliver, entry, &context, &mut emitted))).await {
                First::Handled => Ok(()),
                First::Failed(error) => Err(error),
                First::Unfinished(rest) => rest.finish(deliver).await,
            }
        };
        let result = in_cause(deliver, pin!(call)).await;
        deliver.count(entry, result.is_ok());
        result
    }

    fn context<'a>(&'a self, deliver: &Deliver<'a>, handler: &'a HandlerName) -> EventContext<'a> {
        EventContext::new(deliver.event, deliver.metadata, &self.state, deliver.surroundings, handler)
    }

    /// Calls the handlers, a priority at a time.
    async fn call_all(&self, deliver: &Deliver<'_>, found: &Found<'_>) -> Delivery {
        let delivery = Delivery::default();
        let Some(first) = found.iter().next() else { return delivery };
        let base = self.context(deliver, &first.name);
        // A context for each handler, where its future can borrow it; on the stack for a few.
        let mut few = [base; 4];
        let mut many = Vec::new();
        let contexts = match few.get_mut(..found.len()) {
            Some(few) => few,
            None => {
                many.resize(found.len(), base);
                many.as_mut_slice()
            }
        };
        let calls = found.iter().zip(contexts).peekable();
        let mut pass = Pass { deliver, calls, priority: first.priority, under_way: 0, emitted: None, delivery };
        let mut waiting = None;
        loop {
            match poll_fn(|cx| Poll::Ready(self.call_ready(cx, &mut pass))).await {
                Stop::Finished if pass.under_way == 0 => return pass.delivery,
                Stop::Finished | Stop::Full => finish_one(&mut pass.delivery, deliver, &mut waiting).await,
                Stop::Failed(entry, error) => entry_done(&mut pass.delivery, deliver, entry, Err(error)),
                Stop::Unfinished(entry, rest) => waiting
                    .get_or_insert_with(FuturesUnordered::new)
                    .push(async move { (entry, rest.finish(deliver).await) }),
            }
            pass.under_way = waiting.as_ref().map_or(0, FuturesUnordered::len);
        }
    }

    /// Calls handlers one after the other, as long as each succeeds at its first poll. A plain loop
    /// on purpose: most publishes spend their time in it, and state kept across awaits is slow.
    fn call_ready<'c, I>(&'c self, cx: &mut Context<'_>, pass: &mut Pass<'c, I>) -> Stop<'c>
    where
        I: Iterator<Item = (&'c Entry, &'c mut EventContext<'c>)>,
    {
        while let Some((next, _)) = pass.calls.peek() {
            let full = pass.under_way >= self.settings.concurrency;
            if full || (pass.under_way > 0 && next.priority != pass.priority) {
                return Stop::Full;
            }
            pass.priority = next.priority;
            let Some((entry, context)) = pass.calls.next() else { break };
            context.set_handler(&entry.name);
            match self.begin(cx, pass.deliver, entry, context, &mut pass.emitted) {
                First::Handled => {
                    pass.deliver.count(entry, true);
                    pass.delivery.count_handled();
                }
                First::Failed(error) => return Stop::Failed(entry, error),
                First::Unfinished(rest) => return Stop::Unfinished(entry, rest),
            }
        }
        Stop::Finished
    }

    /// Calls one handler up to its first wait; what it has emitted by then is in `emitted`.
    #[inline]
    fn begin<'c>(
        &'c self,
        cx: &mut Context<'_>,
        deliver: &Deliver<'_>,
        entry: &'c Entry,
        context: &'c EventContext<'c>,
        emitted: &mut Option<Emitted>,
    ) -> First<'c> {
        if let Some(after) = deliver.after {
            *emitted = Some(after.outbox());
        }
        let span = tracing::debug_span!("handle", handler = %entry.name, id = %deliver.metadata.event_id());
        let watch = self.settings.block_limit.map(|limit| entry.watch(limit));
        let begun = match self.settings.middleware.as_slice() {
            [] => entry.begin(context),
            // The chain begins in the future's poll, where a panic is caught.
            rest => Begun::Async(Box::pin(async move { Next { rest, entry }.run(context).await })),
        };
        match begun {
            Begun::Sync(call) => {
                let result = timed(watch, || span.in_scope(|| invoke_sync(call, context, emitted)));
                First::ended(result, emitted)
            }
            Begun::Async(mut future) => match timed(watch, || poll_call(&mut future, emitted, &span, cx)) {
                Poll::Ready(result) => First::ended(result, emitted),
                Poll::Pending => {
                    let invocation = Invocation::new(future, emitted.take(), span, watch);
                    let limit = entry.timeout.unwrap_or(self.settings.timeout);
                    First::Unfinished(Box::new(Rest::Call { invocation, limit }))
                }
            },
        }
    }
}

/// Polls the calls of an event's handlers with the event as their cause.
async fn in_cause<T>(deliver: &Deliver<'_>, mut calls: Pin<&mut impl Future<Output = T>>) -> T {
    let mut scope = Scope { cause: Some(deliver.cause()), emitted: None };
    let span = deliver.span();
    poll_fn(|cx| span.in_scope(|| scoped(&mut scope, || calls.as_mut().poll(cx)))).await
}

/// Waits for one of the calls that are under way.
async fn finish_one<'c, F>(delivery: &mut Delivery, deliver: &Deliver<'_>, waiting: &mut Option<FuturesUnordered<F>>)
where
    F: Future<Output = (&'c Entry, HandlerResult)>,
{
    if let Some(waiting) = waiting
        && let Some((entry, result)) = waiting.next().await
    {
        entry_done(delivery, deliver, entry, result);
    }
}

/// Counts a call that has ended.
fn entry_done(delivery: &mut Delivery, deliver: &Deliver<'_>, entry: &Entry, result: HandlerResult) {
    let metadata: &EventMetadata = deliver.metadata;
    deliver.count(entry, result.is_ok());
    settle(delivery, &entry.name, metadata, result);
}

/// What a handler has emitted is committed when it has succeeded, and dropped when it has failed:
/// the next attempt emits it again.
async fn commit_emitted(deliver: &Deliver<'_>, result: HandlerResult, emitted: Option<Emitted>) -> HandlerResult {
    match (result, emitted) {
        (Ok(()), Some(emitted)) if !emitted.events.is_empty() => match deliver.after {
            Some(after) => after.commit(deliver.cause(), emitted).await,
            None => Ok(()),
        },
        (result, _) => result,
    }
}
