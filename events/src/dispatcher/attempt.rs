//! One more attempt at a letter.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tracing::Instrument;

use super::committing::Outbox;
use super::facade::EventDispatcher;
use super::inner::Inner;
use crate::bus::Deliver;
use crate::clock;
use crate::dead_letter::{DeadLetterQueue, failed_attempt};
use crate::event::{DecodeError, DecodeReason, ErasedEvent, RecordedEvent};
use crate::handler::{Attempt, Class, HandlerError, HandlerResult, Surroundings, panicked};
use crate::id::HandlerName;
use crate::store::{AttemptOutcome, FailedEvent, FinishAttempt};

/// How long to wait for a process that can read an event, or for a store that can be read.
const POSTPONED: Duration = Duration::from_secs(30);

/// Calls the handler again and writes what came of it. Where the lease has ended before the attempt
/// could begin, the letter is somebody else's and is left alone.
pub(crate) async fn attempt(inner: &Arc<Inner>, letter: FailedEvent, lease_until: DateTime<Utc>) {
    if inner.now() >= lease_until {
        tracing::warn!(letter = %letter.id, "its lease has ended before its attempt could begin");
        return;
    }
    let span =
        tracing::debug_span!("dead_letter", letter = %letter.id, handler = %letter.handler, id = %letter.event_id);
    async {
        let outcome = outcome(inner, &letter).await;
        let dead = matches!(outcome, AttemptOutcome::Failed { next_attempt_at: None, .. });
        let finish = FinishAttempt {
            id: letter.id,
            owner: inner.owner.to_string(),
            at: inner.now(),
            build: inner.build_of(&letter.handler),
            outcome,
        };
        match inner.store.backend().finish_attempt(finish).await {
            Ok(true) if dead => inner.tell_of_dead(vec![letter.id]).await,
            Ok(true) => {}
            Ok(false) => tracing::warn!("the letter was changed during the attempt; its result isn't kept"),
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "the attempt's result wasn't written; it will be made again"
            ),
        }
    }
    .instrument(span)
    .await;
}

async fn outcome(inner: &Arc<Inner>, letter: &FailedEvent) -> AttemptOutcome {
    let recorded = match DeadLetterQueue::new(inner.store.clone()).event_to_handle(letter).await {
        Ok(recorded) => recorded,
        Err(error) if error.is_not_found() || error.is_decode() => {
            return failed(inner, letter, &HandlerError::new(Class::Decode, error));
        }
        // It says nothing about the event: the store can't be asked.
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the letter's event can't be read now; the attempt is put off"
            );
            return postponed(inner, POSTPONED);
        }
    };
    match decode(inner, &recorded) {
        Ok(event) => match call(inner, letter, &event, &recorded).await {
            Some(result) => judge(inner, letter, result),
            None => {
                tracing::warn!("the letter's handler isn't here any more; the attempt is put off");
                postponed(inner, POSTPONED)
            }
        },
        // This process is older than the event: one that can read it will come.
        Err(Unread::Decode(error)) if error.needs_newer_program() => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the letter waits for a newer program; the attempt is put off"
            );
            postponed(inner, POSTPONED)
        }
        Err(Unread::Decode(error)) => failed(inner, letter, &HandlerError::new(Class::Decode, error)),
        Err(Unread::Panicked(error)) => failed(inner, letter, &error),
    }
}

/// Reads the event into the newest version of its type. That runs code of the event's own, whose
/// panic is this letter's failure and no other's.
pub(super) fn decode(inner: &Inner, recorded: &RecordedEvent) -> Result<Arc<dyn ErasedEvent>, Unread> {
    let version = recorded.schema_version();
    let Some(descriptor) = inner.descriptor(recorded.name().as_str()) else {
        let error = DecodeError::new(recorded.name(), version, DecodeReason::UnknownEvent);
        return Err(Unread::Decode(error.at(Some(recorded.position()))));
    };
    let decoded = catch_unwind(AssertUnwindSafe(|| descriptor.decode(version, recorded.payload().as_json())));
    match decoded {
        Ok(decoded) => decoded.map_err(|error| Unread::Decode(error.at(Some(recorded.position())))),
        Err(panic) => Err(Unread::Panicked(panicked(panic))),
    }
}

/// Why an event couldn't be read.
pub(super) enum Unread {
    Decode(DecodeError),
    Panicked(HandlerError),
}

/// `None` when the handler isn't here any more.
async fn call(
    inner: &Arc<Inner>,
    letter: &FailedEvent,
    event: &Arc<dyn ErasedEvent>,
    recorded: &RecordedEvent,
) -> Option<HandlerResult> {
    let attempt = Attempt::new(letter.attempts.saturating_add(1));
    let result = call_inline(inner, &letter.handler, attempt, event, recorded).await?;
    inner.counters.count_retry();
    Some(result)
}

/// Calls a handler that isn't durable; `None` when there is none of that name for such an event.
pub(super) async fn call_inline(
    inner: &Arc<Inner>,
    handler: &HandlerName,
    attempt: Attempt,
    event: &Arc<dyn ErasedEvent>,
    recorded: &RecordedEvent,
) -> Option<HandlerResult> {
    let host = EventDispatcher::sharing(Arc::clone(inner));
    let surroundings = Surroundings {
        shared: Some(event),
        recorded: Some(recorded),
        host: Some(&host),
        transaction: None,
        replay: false,
        batch: None,
    };
    let after = Outbox(inner);
    let deliver = Deliver {
        event: &**event,
        metadata: recorded.metadata(),
        surroundings: &surroundings,
        depth: 1,
        after: Some(&after),
    };
    inner.bus.call_one(&deliver, handler, attempt).await
}

fn judge(inner: &Inner, letter: &FailedEvent, result: HandlerResult) -> AttemptOutcome {
    match result {
        Ok(()) => AttemptOutcome::Resolved,
        Err(error) => match error.snoozed() {
            Some(delay) => postponed(inner, delay),
            None => failed(inner, letter, &error),
        },
    }
}

fn postponed(inner: &Inner, delay: Duration) -> AttemptOutcome {
    AttemptOutcome::Postponed { until: clock::after(inner.now(), delay) }
}

fn failed(inner: &Inner, letter: &FailedEvent, error: &HandlerError) -> AttemptOutcome {
    let now = inner.now();
    let number = letter.attempts_in_cycle().saturating_add(1);
    // A run tries a letter once.
    let policy = inner.policy_of(&letter.handler);
    let delay = if letter.run.is_some() { None } else { policy.next(number, error) };
    let next_attempt_at = delay.map(|delay| clock::after(now, delay));
    tracing::warn!(class = %error.class(), attempt = number, dead = next_attempt_at.is_none(), "a retry has failed");
    AttemptOutcome::Failed { attempt: failed_attempt(error, &letter.handler, &letter.event, now), next_attempt_at }
}
