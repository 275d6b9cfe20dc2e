//! Carrying out a commit: record, call the handlers, write letters about those that failed.

use std::sync::{Arc, Mutex, PoisonError};

use super::detached::Detached;
use super::facade::EventDispatcher;
use super::inner::Inner;
use crate::bus::{AfterCall, Deliver};
use crate::catalog::CURE;
use crate::commit::{Commit, Committer, Prepared, Receipt, Undelivered, prepare};
use crate::dead_letter::new_letter;
use crate::error::{Error, ErrorKind};
use crate::event::{Cause, Emitted, ErasedEvent, RecordedEvent};
use crate::handler::{BoxFuture, Class, Delivery, Disposition, HandlerError, HandlerFailure, Surroundings};
use crate::store::{AppendError, Appended, Refusal};
use tracing::Instrument;

/// Commits through a dispatcher.
#[derive(Clone)]
pub(crate) struct Delivering(pub(crate) Arc<Inner>);

impl Committer for Delivering {
    fn commit(&self, commit: Commit) -> BoxFuture<'static, Result<Receipt, AppendError>> {
        let inner = Arc::clone(&self.0);
        let runtime = inner.runtime.clone();
        let span = tracing::debug_span!("commit", events = commit.events.len());
        Box::pin(Detached::new(Box::pin(run(inner, commit).instrument(span)), runtime))
    }

    fn in_background(&self, work: BoxFuture<'static, ()>) -> BoxFuture<'static, ()> {
        let Some(runtime) = &self.0.runtime else { return work };
        let Some(guard) = self.0.activity.follow() else { return work };
        runtime.spawn(async move {
            work.await;
            drop(guard);
        });
        Box::pin(std::future::ready(()))
    }
}

async fn run(inner: Arc<Inner>, commit: Commit) -> Result<Receipt, AppendError> {
    let guard = match commit.cause {
        Some(_) => inner.activity.follow(),
        None => inner.activity.begin(),
    };
    let _guard = guard.ok_or_else(|| Error::new(ErrorKind::Unavailable, "the dispatcher is shutting down"))?;
    if commit.cause.as_ref().is_some_and(|cause| cause.is_in_transaction_of(address(&inner))) {
        let message = "a handler that takes `Tx` can't publish: the store would wait for the handler's own \
                       transaction; `emit` the event, which is appended in the transaction, or `publish_in` it";
        return Err(Error::new(ErrorKind::Unsupported, message).into());
    }
    refuse_old_versions(&inner, &commit)?;
    let (append, undelivered) = prepare(commit, inner.now())?.split();
    let appended = inner.store.append(append).await?;
    Ok(committed(&inner, undelivered, appended).await)
}

/// What follows when events were appended: their handlers are called.
pub(crate) async fn committed(inner: &Arc<Inner>, commit: Undelivered, appended: Appended) -> Receipt {
    let receipt = Receipt::new(&commit.new_events, &appended);
    inner.counters.count_commit(&receipt);
    if let Some(last) = appended.recordings().last() {
        inner.committed.send_replace(last.position);
    }
    if receipt.is_duplicate() {
        return receipt;
    }
    let host = EventDispatcher::sharing(Arc::clone(inner));
    let mut delivery = Delivery::default();
    for ((event, new_event), recording) in commit.events.iter().zip(commit.new_events).zip(appended.recordings()) {
        let (metadata, payload) = new_event.into_parts();
        let recorded = RecordedEvent::new(metadata, *recording, payload);
        delivery.absorb(deliver(inner, &host, event, &recorded, commit.depth).await);
    }
    receipt.with_delivery(delivery)
}

pub(super) fn refuse_old_versions(inner: &Inner, commit: &Commit) -> Result<(), AppendError> {
    for (event, _) in &commit.events {
        let descriptor = event.descriptor();
        if inner.superseded.contains(&descriptor.type_id()) {
            let (event, version) = (descriptor.name(), descriptor.version());
            return Err(AppendError::Refused(Refusal::OldVersion { event, version }));
        }
        inner.meet(descriptor);
    }
    Ok(())
}

/// Calls the handlers of one event; those that fail get their letters.
async fn deliver(
    inner: &Arc<Inner>,
    host: &EventDispatcher,
    event: &Arc<dyn ErasedEvent>,
    recorded: &RecordedEvent,
    depth: u16,
) -> Delivery {
    let surroundings = Surroundings {
        shared: Some(event),
        recorded: Some(recorded),
        host: Some(host),
        transaction: None,
        replay: false,
        batch: None,
    };
    let after = Outbox(inner);
    let deliver = Deliver {
        event: &**event,
        metadata: recorded.metadata(),
        surroundings: &surroundings,
        depth,
        after: Some(&after),
    };
    let mut delivery = inner.bus.deliver(&deliver).await;
    let is_awaited = || inner.durable.iter().any(|handler| handler.selects(recorded.name()));
    if delivery.is_empty() && !is_awaited() {
        // A handler that the linker has left out shows here first.
        tracing::debug!(event = %recorded.name(), registered = %inner.catalog, "no handler for the event; {CURE}");
    }
    if !delivery.failures().is_empty() {
        write_letters(inner, recorded, &mut delivery).await;
    }
    delivery
}

/// Writes the letters before anything else is done about the failures: what is not written is lost.
async fn write_letters(inner: &Inner, recorded: &RecordedEvent, delivery: &mut Delivery) {
    let now = inner.now();
    let letter = |failure: &HandlerFailure| {
        let handler = failure.handler();
        new_letter(failure, recorded, inner.policy_of(handler), inner.build_of(handler), now)
    };
    let letters: Vec<_> = delivery.failures().iter().map(letter).collect();
    let dispositions: Vec<_> = letters
        .iter()
        .map(|letter| if letter.next_attempt_at.is_some() { Disposition::Retrying } else { Disposition::Dead })
        .collect();
    let span = tracing::debug_span!("dead_letter", event = %recorded.name(), id = %recorded.metadata().event_id());
    let written = inner.store.backend().write_letters(letters).instrument(span).await;
    if let Err(error) = &written {
        let id = recorded.metadata().event_id();
        tracing::error!(event = %recorded.name(), %id, error = error as &dyn std::error::Error, "the letters of failed handlers weren't written");
    }
    for (failure, disposition) in delivery.failures_mut().iter_mut().zip(dispositions) {
        failure.set_disposition(if written.is_ok() { disposition } else { Disposition::Unrecorded });
    }
    inner.note_letter_tried();
    let ids = written.unwrap_or_default();
    let dead = delivery.failures().iter().map(HandlerFailure::disposition).zip(ids);
    let dead = dead.filter_map(|(disposition, id)| (disposition == Disposition::Dead).then_some(id)).collect();
    inner.tell_of_dead(dead).await;
}

/// Commits what handlers emit, as part of their calls.
pub(crate) struct Outbox<'a>(pub(crate) &'a Arc<Inner>);

impl AfterCall for Outbox<'_> {
    fn outbox(&self) -> Emitted {
        Emitted { host: address(self.0), events: Vec::new() }
    }

    fn commit<'a>(&'a self, cause: Cause, emitted: Emitted) -> BoxFuture<'a, Result<(), HandlerError>> {
        let commit = Commit::emitted(emitted.events, cause);
        Box::pin(async move {
            match Delivering(Arc::clone(self.0)).commit(commit).await {
                Ok(_) => Ok(()),
                Err(error) if matches!(error, AppendError::Store(_)) => Err(HandlerError::transient(error)),
                Err(error) => Err(HandlerError::new(Class::Permanent, error)),
            }
        })
    }
}

/// Keeps what a handler emits that was lent a transaction: it is appended in the transaction.
pub(crate) struct Lent<'a> {
    inner: &'a Arc<Inner>,
    prepared: Mutex<Option<Prepared>>,
}

impl<'a> Lent<'a> {
    pub(crate) fn new(inner: &'a Arc<Inner>) -> Self {
        Self { inner, prepared: Mutex::default() }
    }

    pub(crate) fn into_prepared(self) -> Option<Prepared> {
        self.prepared.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AfterCall for Lent<'_> {
    fn outbox(&self) -> Emitted {
        Outbox(self.inner).outbox()
    }

    fn lender(&self) -> Option<usize> {
        Some(address(self.inner))
    }

    fn commit<'a>(&'a self, cause: Cause, emitted: Emitted) -> BoxFuture<'a, Result<(), HandlerError>> {
        let commit = Commit::emitted(emitted.events, cause);
        let prepared = refuse_old_versions(self.inner, &commit).and_then(|()| prepare(commit, self.inner.now()));
        let kept = prepared.map(|prepared| {
            *self.prepared.lock().unwrap_or_else(PoisonError::into_inner) = Some(prepared);
        });
        Box::pin(std::future::ready(kept.map_err(|error| HandlerError::new(Class::Permanent, error))))
    }
}

/// Tells dispatchers apart.
pub(crate) fn address(inner: &Arc<Inner>) -> usize {
    Arc::as_ptr(inner).addr()
}
