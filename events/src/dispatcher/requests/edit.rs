//! Looking whether edited data are those of the event.

use std::sync::Arc;

use super::super::attempt::{Unread, decode};
use super::super::inner::Inner;
use super::take;
use crate::dead_letter::DeadLetterQueue;
use crate::error::Error;
use crate::event::{Payload, RecordedEvent};
use crate::store::{FinishRequest, LetterId, Operation, OperationState};

/// Accepts or refuses an edit. One of an event that this process is too old for is left to others.
pub(super) async fn carry_out(inner: &Arc<Inner>, request: &Operation, payload: &Payload) -> Result<(), Error> {
    let letters = DeadLetterQueue::new(inner.store.clone());
    let Some(verdict) = judge(inner, &letters, request, payload).await? else { return Ok(()) };
    let Some(taken) = take(inner, request).await? else { return Ok(()) };
    let (state, result, edited) = match verdict {
        Ok(letter) => (OperationState::Done, "accepted".to_owned(), Some((letter, payload.clone()))),
        Err(why) => (OperationState::Failed, why, None),
    };
    tracing::info!(operation = %request.id, %state, "an edit was looked at");
    let finish = FinishRequest { id: request.id, epoch: taken.epoch, state, result, edited, at: inner.now() };
    // If it has passed to another process meanwhile, that one comes to the same verdict.
    inner.store.backend().finish_request(finish).await.map(drop)
}

/// The letter to change, or why it isn't changed; nothing if another process has to say.
async fn judge(
    inner: &Inner,
    letters: &DeadLetterQueue,
    request: &Operation,
    payload: &Payload,
) -> Result<Option<Result<LetterId, String>>, Error> {
    let letter = match request.letters.first() {
        Some(id) => letters.get(*id).await?,
        None => None,
    };
    let Some(letter) = letter.filter(|letter| !letter.status.is_closed()) else {
        return Ok(Some(Err("the letter was closed meanwhile".to_owned())));
    };
    let event = match letters.event(&letter).await {
        Ok(event) => event.with_payload(payload.clone()),
        Err(error) if error.is_not_found() || error.is_decode() => {
            return Ok(Some(Err(format!("the letter's event can't be read: {error}"))));
        }
        Err(error) => return Err(error),
    };
    Ok(match decode(inner, &event) {
        Ok(_) => Some(Ok(letter.id)),
        Err(Unread::Decode(error)) if error.needs_newer_program() => None,
        // The result is part of the audit. What the reader says in its own words may quote the data, so
        // that it stays out: the place in the data, and the fields of the type, tell as much.
        Err(Unread::Decode(error)) => Some(Err(format!("refused: {error}{}", fields(inner, &event)))),
        Err(Unread::Panicked(_)) => Some(Err(format!("refused: reading them has panicked{}", fields(inner, &event)))),
    })
}

/// The fields of an event's type.
fn fields(inner: &Inner, event: &RecordedEvent) -> String {
    let Some(descriptor) = inner.descriptor(event.name().as_str()) else { return String::new() };
    let fields: Vec<_> =
        descriptor.fields().iter().map(|field| format!("`{}: {}`", field.name(), field.type_name())).collect();
    format!("; version {} has {}", descriptor.version(), fields.join(", "))
}
