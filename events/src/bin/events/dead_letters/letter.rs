//! A letter, as commands show it.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use events::store::{FailedEvent, LetterId, LetterStatus, OperationId};
use events::{
    Class, CorrelationId, DeadLetterQueue, DurableHandlers, EventId, EventName, EventStore, HandlerName, Position,
};
use serde::Serialize;

use super::pick;
use crate::failure::Failure;

#[derive(Serialize)]
pub(super) struct Letter {
    pub(super) id: LetterId,
    pub(super) status: LetterStatus,
    pub(super) handler: HandlerName,
    pub(super) event: EventName,
    pub(super) event_id: EventId,
    pub(super) stream: String,
    pub(super) position: Position,
    pub(super) correlation_id: CorrelationId,
    pub(super) class: Class,
    pub(super) error: Option<String>,
    pub(super) error_type: Option<String>,
    pub(super) group: String,
    pub(super) attempts: u32,
    /// Since it was written, or redriven last.
    pub(super) attempts_in_cycle: u32,
    /// What waits behind it; null for an inline handler, and for a durable one without order.
    pub(super) key: Option<String>,
    /// Later events of its stream, all of which wait; null where that can't be told.
    pub(super) behind: Option<u64>,
    pub(super) first_failed_at: DateTime<Utc>,
    pub(super) last_failed_at: DateTime<Utc>,
    pub(super) next_attempt_at: Option<DateTime<Utc>>,
    pub(super) closed_at: Option<DateTime<Utc>>,
    pub(super) build: String,
    /// Whether it was discarded, and holds up what waits behind it all the same.
    pub(super) held: bool,
    /// The run that it belongs to.
    pub(super) run: Option<OperationId>,
    /// Whether the handler gets other data than the event's own.
    pub(super) edited: bool,
}

impl Letter {
    /// Where it stands, as people read it.
    pub(super) fn standing(&self) -> String {
        if self.held { format!("{}, held", self.status) } else { self.status.to_string() }
    }

    fn new(letter: &FailedEvent, behind: Option<u64>) -> Self {
        Self {
            id: letter.id,
            status: letter.status,
            handler: letter.handler.clone(),
            event: letter.event.clone(),
            event_id: letter.event_id,
            stream: letter.stream.to_string(),
            position: letter.position,
            correlation_id: letter.correlation_id,
            class: letter.class,
            error: letter.error.as_ref().map(ToString::to_string),
            error_type: letter.error.as_ref().map(|error| error.type_name().to_owned()),
            group: pick::name(letter.fingerprint()),
            attempts: letter.attempts,
            attempts_in_cycle: letter.attempts_in_cycle(),
            key: letter.lane.as_ref().and_then(|lane| lane.key.clone()),
            behind,
            first_failed_at: letter.first_failed_at,
            last_failed_at: letter.last_failed_at,
            next_attempt_at: letter.next_attempt_at,
            closed_at: letter.closed_at,
            build: letter.build.clone(),
            held: letter.held,
            run: letter.run,
            edited: letter.edited.is_some(),
        }
    }
}

/// The letters, with what waits behind them.
pub(super) async fn with_behind(
    store: &EventStore,
    queue: &DeadLetterQueue,
    letters: &[FailedEvent],
) -> Result<Vec<Letter>, Failure> {
    let handlers = DurableHandlers::new(store.clone());
    let mut markers: Markers = HashMap::new();
    let mut shown = Vec::new();
    for letter in letters {
        if waits_by_stream(letter) && !markers.contains_key(&letter.handler) {
            let parked = handlers.parked(&letter.handler).await?;
            markers.insert(letter.handler.clone(), parked.into_iter().map(|parked| parked.key).collect());
        }
        let behind = behind(store, queue, letter, &markers).await?;
        shown.push(Letter::new(letter, behind));
    }
    Ok(shown)
}

/// A letter, with what waits behind it.
pub(super) async fn one_with_behind(
    store: &EventStore,
    queue: &DeadLetterQueue,
    letter: &FailedEvent,
) -> Result<Letter, Failure> {
    let mut markers: Markers = HashMap::new();
    if waits_by_stream(letter) {
        let parked = DurableHandlers::new(store.clone()).parked(&letter.handler).await?;
        markers.insert(letter.handler.clone(), parked.into_iter().map(|parked| parked.key).collect());
    }
    Ok(Letter::new(letter, behind(store, queue, letter, &markers).await?))
}

/// The keys of each handler that wait.
type Markers = HashMap<HandlerName, HashSet<String>>;

/// Whether what waits behind the letter are the later events of its stream.
fn waits_by_stream(letter: &FailedEvent) -> bool {
    let key = letter.lane.as_ref().and_then(|lane| lane.key.as_deref());
    (letter.held || !letter.status.is_closed()) && key.is_some_and(|key| key == letter.stream.to_string())
}

async fn behind(
    store: &EventStore,
    queue: &DeadLetterQueue,
    letter: &FailedEvent,
    markers: &Markers,
) -> Result<Option<u64>, Failure> {
    if !waits_by_stream(letter) {
        return Ok(None);
    }
    match markers.get(&letter.handler) {
        Some(keys) if keys.contains(&letter.stream.to_string()) => later_events(store, queue, letter).await,
        _ => Ok(Some(0)),
    }
}

/// How many events of the letter's stream come after its own.
async fn later_events(
    store: &EventStore,
    queue: &DeadLetterQueue,
    letter: &FailedEvent,
) -> Result<Option<u64>, Failure> {
    let event = match queue.event(letter).await {
        Ok(event) => event,
        // `check` tells of it.
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let version = store.stream_version(&letter.stream).await?;
    Ok(Some(version.value().saturating_sub(event.version().value())))
}
