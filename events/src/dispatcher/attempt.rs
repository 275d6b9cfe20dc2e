//! One more attempt at a letter.

use std::sync::Arc;
use std::time::Duration;

use tracing::Instrument;

use super::committing::Outbox;
use super::facade::EventDispatcher;
use super::inner::Inner;
use crate::bus::Deliver;
use crate::clock;
use crate::dead_letter::{DeadLetterQueue, failed_attempt};
use crate::event::{DecodeError, DecodeReason, ErasedEvent, RecordedEvent};
use crate::handler::{Attempt, Class, HandlerError, HandlerResult, Surroundings};
use crate::store::{AttemptOutcome, FailedEvent, FinishAttempt};

/// How long to wait for a process that can read an event, or for a store that can be read.
const POSTPONED: Duration = Duration::from_secs(30);

/// Calls the handler again and writes what came of it.
pub(crate) async fn attempt(inner: &Arc<Inner>, letter: FailedEvent) {
    let span =
        tracing::debug_span!("dead_letter", letter = %letter.id, handler = %letter.handler, id = %letter.event_id);
    async {
        let outcome = outcome(inner, &letter).await;
        let finish = FinishAttempt {
            id: letter.id,
            owner: inner.owner.clone(),
            at: inner.now(),
            build: inner.build.clone(),
            outcome,
        };
        match inner.store.backend().finish_attempt(finish).await {
            Ok(true) => {}
            Ok(false) => tracing::warn!("the letter was changed during the attempt; its result isn't kept"),
            Err(error) => tracing::error!(%error, "the attempt's result wasn't written; it will be made again"),
        }
    }
    .instrument(span)
    .await;
}

async fn outcome(inner: &Arc<Inner>, letter: &FailedEvent) -> AttemptOutcome {
    let recorded = match DeadLetterQueue::new(inner.store.clone()).event(letter).await {
        Ok(recorded) => recorded,
        Err(error) if error.is_not_found() || error.is_decode() => {
            return failed(inner, letter, &HandlerError::new(Class::Decode, error));
        }
        // It says nothing about the event: the store can't be asked.
        Err(error) => {
            tracing::error!(%error, "the letter's event can't be read now; the attempt is put off");
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
        Err(error) if error.needs_newer_program() => {
            tracing::warn!(%error, "the letter waits for a newer program; the attempt is put off");
            postponed(inner, POSTPONED)
        }
        Err(error) => failed(inner, letter, &HandlerError::new(Class::Decode, error)),
    }
}

/// Reads the event into the newest version of its type.
fn decode(inner: &Inner, recorded: &RecordedEvent) -> Result<Arc<dyn ErasedEvent>, DecodeError> {
    let version = recorded.schema_version();
    let decoded = match inner.newest.get(recorded.name().as_str()) {
        Some(descriptor) => descriptor.decode(version, recorded.payload().as_json()),
        None => Err(DecodeError::new(recorded.name(), version, DecodeReason::UnknownEvent)),
    };
    decoded.map_err(|error| error.at(Some(recorded.position())))
}

/// `None` when the handler isn't here any more.
async fn call(
    inner: &Arc<Inner>,
    letter: &FailedEvent,
    event: &Arc<dyn ErasedEvent>,
    recorded: &RecordedEvent,
) -> Option<HandlerResult> {
    let host = EventDispatcher::sharing(Arc::clone(inner));
    let surroundings = Surroundings { shared: Some(event), recorded: Some(recorded), host: Some(&host) };
    let after = Outbox(inner);
    let deliver = Deliver {
        event: &**event,
        metadata: recorded.metadata(),
        surroundings: &surroundings,
        depth: 1,
        after: Some(&after),
    };
    let attempt = Attempt::new(letter.attempts.saturating_add(1));
    let result = inner.bus.call_one(&deliver, &letter.handler, attempt).await?;
    inner.counters.count_retry();
    Some(result)
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
    let next_attempt_at = inner.policy.next(number, error).map(|delay| clock::after(now, delay));
    tracing::warn!(class = %error.class(), attempt = number, dead = next_attempt_at.is_none(), "a retry has failed");
    AttemptOutcome::Failed { attempt: failed_attempt(error, &letter.handler, &letter.event, now), next_attempt_at }
}
