//! From a failed call to a letter.

use chrono::{DateTime, Utc};

use crate::clock;
use crate::event::RecordedEvent;
use crate::handler::{Class, HandlerError, HandlerFailure, RetryPolicy};
use crate::hash::Fnv;
use crate::id::{EventName, HandlerName};
use crate::store::{FailedAttempt, NewLetter};

/// The letter of a first failed attempt.
pub(crate) fn new_letter(
    failure: &HandlerFailure,
    event: &RecordedEvent,
    policy: &RetryPolicy,
    build: String,
    now: DateTime<Utc>,
) -> NewLetter {
    let metadata = event.metadata();
    let delay = failure.snooze().or_else(|| policy.next(1, failure.error()));
    NewLetter {
        handler: failure.handler().clone(),
        event_id: metadata.event_id(),
        event: metadata.name().clone(),
        schema_version: metadata.schema_version(),
        stream: metadata.stream().clone(),
        position: event.position(),
        correlation_id: metadata.correlation_id(),
        traceparent: metadata.trace().map(|trace| trace.traceparent.clone()),
        lane: None,
        build,
        attempt: match failure.snooze() {
            Some(_) => None,
            None => Some(failed_attempt(failure.error(), failure.handler(), failure.event(), now)),
        },
        at: now,
        next_attempt_at: delay.map(|delay| clock::after(now, delay)),
    }
}

/// What the store keeps of a failed attempt.
pub(crate) fn failed_attempt(
    error: &HandlerError,
    handler: &HandlerName,
    event: &EventName,
    at: DateTime<Utc>,
) -> FailedAttempt {
    let fingerprint = fingerprint(handler, error.class(), error.type_name(), event);
    FailedAttempt { at, class: error.class(), error: error.report(), fingerprint }
}

/// Equal for failures of one sort: what an operator would look at once and not a thousand times.
fn fingerprint(handler: &HandlerName, class: Class, error_type: &str, event: &EventName) -> u64 {
    let mut hash = Fnv::new();
    for part in [handler.as_str(), class.as_str(), error_type, event.as_str()] {
        hash.write(part);
    }
    hash.finish()
}
