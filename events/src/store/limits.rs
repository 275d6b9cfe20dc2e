//! What a store refuses to keep, checked once and for all backends.

use std::collections::HashSet;

use super::{Append, AppendError, HandlerAction, HandlerChange, HandlerDeclaration, LaneWrite, NewEvent, ProcessRow};
use crate::error::{Error, ErrorKind};
use crate::event::TraceContext;
use crate::id::EventId;

/// The longest name of an event or aggregate, in bytes.
pub(crate) const MAX_NAME: usize = 128;
/// The longest aggregate id, actor or tenant, in bytes.
pub(crate) const MAX_ID: usize = 255;
/// The largest payload, in bytes.
pub(crate) const MAX_PAYLOAD: usize = 1024 * 1024;
/// The longest `traceparent`, in bytes; the version of today has 55.
pub(crate) const MAX_TRACEPARENT: usize = 255;
/// The longest `tracestate`, in bytes.
pub(crate) const MAX_TRACESTATE: usize = 8 * 1024;
/// The largest set of headers, names and values together, in bytes.
pub(crate) const MAX_HEADERS: usize = 64 * 1024;
/// The most events of one commit.
pub(crate) const MAX_EVENTS: usize = 10_000;
/// The most lanes of one handler: each is a row, and a loop in some process.
pub(crate) const MAX_PARTITIONS: u32 = 1_024;

/// Why a store refuses to keep something.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use events::store::{Append, AppendError, NewEvent, Refusal};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let metadata = EventMetadata::new(&Ping, &Context::actor(""));
/// let append = Append::new().event(NewEvent::new(&Ping, metadata)?);
/// let error = EventStore::memory().append(append).await.unwrap_err();
/// assert!(matches!(error, AppendError::Refused(Refusal::Empty { what: "actor", .. })));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A name, of a header too, or an id is empty.
    #[error("event {event_id}: the {what} is empty")]
    Empty {
        /// The event.
        event_id: EventId,
        /// Which name or id.
        what: &'static str,
    },
    /// A name, id, header, payload or part of the trace context is too long.
    #[error("event {event_id}: the {what} has {bytes} bytes, at most {limit} are kept")]
    TooLong {
        /// The event.
        event_id: EventId,
        /// Which part.
        what: &'static str,
        /// Its length.
        bytes: usize,
        /// The most it may have.
        limit: usize,
    },
    /// A name, of a header too, an id or a part of the trace context has a control character, such as NUL.
    #[error("event {event_id}: the {what} has a control character (at byte {at})")]
    ControlCharacter {
        /// The event.
        event_id: EventId,
        /// Which name or id.
        what: &'static str,
        /// The byte at which the character begins.
        at: usize,
    },
    /// A time lies outside of what every store can keep: the years 1 to 9999.
    #[error("event {event_id}: it occurred at {time}, which is outside of the years 1 to 9999")]
    TimeOutOfRange {
        /// The event.
        event_id: EventId,
        /// The time.
        time: chrono::DateTime<chrono::Utc>,
    },
    /// The caller gave an event id, and the commit has several events.
    #[error("one event id for a commit of {events} events: publish them one by one, or without the id")]
    EventIdForSeveral {
        /// How many events it has.
        events: usize,
    },
    /// Handlers publish from within each other, in a circle it seems.
    #[error("published {depth} handlers deep: handlers publish each other's events in a circle")]
    TooDeep {
        /// How many handlers are at work above the commit.
        depth: u16,
    },
    /// The event's type is an old version that a newer one replaces.
    #[error("event `{event}` version {version} is an old one: publish the newest version")]
    OldVersion {
        /// The event's name.
        event: &'static str,
        /// The old version.
        version: crate::id::SchemaVersion,
    },
    /// The commit has too many events.
    #[error("a commit of {events} events, at most {limit} are kept at once")]
    TooManyEvents {
        /// How many it has.
        events: usize,
        /// The most it may have.
        limit: usize,
    },
}

/// Refuses what no store would keep.
pub(crate) fn check(append: &Append) -> Result<(), AppendError> {
    let events = append.events().len();
    if events > MAX_EVENTS {
        return Err(AppendError::Refused(Refusal::TooManyEvents { events, limit: MAX_EVENTS }));
    }
    let mut seen = HashSet::with_capacity(events);
    for event in append.events() {
        check_event(event).map_err(AppendError::Refused)?;
        let event_id = event.metadata().event_id();
        if !seen.insert(event_id) {
            return Err(AppendError::EventIdReused { event_id });
        }
    }
    Ok(())
}

fn check_event(event: &NewEvent) -> Result<(), Refusal> {
    let metadata = event.metadata();
    let event_id = metadata.event_id();
    check_name(event_id, "event's name", metadata.name().as_str(), MAX_NAME)?;
    check_name(event_id, "aggregate's name", metadata.stream().aggregate().as_str(), MAX_NAME)?;
    check_name(event_id, "aggregate's id", &metadata.stream().id().to_string(), MAX_ID)?;
    if let Some(actor) = metadata.actor() {
        check_name(event_id, "actor", actor.as_str(), MAX_ID)?;
    }
    if let Some(tenant) = metadata.tenant() {
        check_name(event_id, "tenant", tenant.as_str(), MAX_ID)?;
    }
    if let Some(trace) = metadata.trace() {
        check_trace(event_id, trace)?;
    }
    for name in metadata.headers().keys() {
        // Its length counts with those of all headers.
        check_name(event_id, "name of a header", name, MAX_HEADERS)?;
    }
    let headers = metadata.headers().iter().map(|(name, value)| name.len() + value.len()).sum();
    check_length(event_id, "set of headers", headers, MAX_HEADERS)?;
    check_length(event_id, "payload", event.payload().as_json().len(), MAX_PAYLOAD)?;
    check_time(event_id, metadata.occurred_at())
}

/// Other programs send it, and it goes on into letters and logs.
fn check_trace(event_id: EventId, trace: &TraceContext) -> Result<(), Refusal> {
    let state = trace.tracestate.as_deref().unwrap_or_default();
    check_text(event_id, "traceparent", &trace.traceparent, MAX_TRACEPARENT)?;
    check_text(event_id, "tracestate", state, MAX_TRACESTATE)
}

fn check_name(event_id: EventId, what: &'static str, text: &str, limit: usize) -> Result<(), Refusal> {
    if text.is_empty() {
        return Err(Refusal::Empty { event_id, what });
    }
    check_text(event_id, what, text, limit)
}

fn check_text(event_id: EventId, what: &'static str, text: &str, limit: usize) -> Result<(), Refusal> {
    if let Some((at, _)) = text.char_indices().find(|(_, character)| character.is_control()) {
        return Err(Refusal::ControlCharacter { event_id, what, at });
    }
    check_length(event_id, what, text.len(), limit)
}

fn check_length(event_id: EventId, what: &'static str, bytes: usize, limit: usize) -> Result<(), Refusal> {
    if bytes > limit { Err(Refusal::TooLong { event_id, what, bytes, limit }) } else { Ok(()) }
}

fn check_time(event_id: EventId, time: chrono::DateTime<chrono::Utc>) -> Result<(), Refusal> {
    use chrono::Datelike;
    if (1..=9999).contains(&time.year()) { Ok(()) } else { Err(Refusal::TimeOutOfRange { event_id, time }) }
}

/// Refuses a version or position that no database can count to.
pub(crate) fn check_number(what: &'static str, number: u64) -> Result<i64, Error> {
    i64::try_from(number).map_err(|source| {
        let limit = i64::MAX;
        Error::new(ErrorKind::Invalid, format!("the {what} is {number}, at most {limit} is kept")).with_source(source)
    })
}

/// Refuses data for a letter's event that no event could have.
pub(crate) fn check_edited(json: &str) -> Result<(), Error> {
    if json.len() > MAX_PAYLOAD {
        let message = format!("the data have {} bytes, at most {MAX_PAYLOAD} are allowed", json.len());
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    let parsed: Result<serde::de::IgnoredAny, _> = serde_json::from_str(json);
    match parsed {
        Ok(_) => Ok(()),
        Err(error) => {
            let message = format!("the data aren't JSON, from line {} column {} on", error.line(), error.column());
            Err(Error::new(ErrorKind::Invalid, message).with_source(error))
        }
    }
}

/// Refuses durable handlers that have no lane, or more lanes than any machine could run.
pub(crate) fn check_declarations(handlers: &[HandlerDeclaration]) -> Result<(), Error> {
    for HandlerDeclaration { name, partitions, .. } in handlers {
        if !(1..=MAX_PARTITIONS).contains(partitions) {
            let message = format!("handler `{name}` has {partitions} partitions: give it 1 to {MAX_PARTITIONS}");
            return Err(Error::new(ErrorKind::Invalid, message));
        }
    }
    Ok(())
}

/// Refuses to forget a handler that one of these processes, which are alive, declares.
pub(crate) fn check_removal(change: &HandlerChange, alive: &[ProcessRow]) -> Result<(), Error> {
    let HandlerChange { handler, action: HandlerAction::Remove, .. } = change else { return Ok(()) };
    let Some(process) = alive.iter().find(|process| process.handlers.contains(handler)) else { return Ok(()) };
    let message = format!("handler `{handler}` is declared by process {}: end that first", process.process);
    Err(Error::new(ErrorKind::Invalid, message))
}

/// Refuses positions that no database can count to, and a checkpoint that goes back.
pub(crate) fn check_lane_write(write: &LaneWrite) -> Result<(), Error> {
    for letter in &write.letters {
        check_number("position of the letter", letter.position.value())?;
    }
    for parked in &write.park {
        check_number("position of the parked key", parked.from.value())?;
    }
    let Some(advance) = write.advance else { return Ok(()) };
    check_number("checkpoint", advance.from.value())?;
    check_number("checkpoint", advance.to.value())?;
    if advance.to < advance.from {
        let message = format!(
            "the checkpoint of handler `{}` can't go back from {} to {}: reset the handler",
            write.lane.handler, advance.from, advance.to
        );
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    Ok(())
}
