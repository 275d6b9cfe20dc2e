//! The values that commands speak of by small numbers: few, so that they meet again and again.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use events::event::{MetadataParts, Payload, TraceContext};
use events::handler::HandlerError;
use events::prelude::*;
use events::store::{FailedAttempt, LetterStatus, NewEvent, Snapshot};
use events::{Actor, CorrelationId, EventName, HandlerName, SchemaVersion, Tenant};
use serde::{Deserialize, Serialize};

use crate::command::{AttemptDraft, EventDraft, SnapshotDraft};

/// The event of the test. Its name and stream in the store are those of the draft.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event(name = "model_noted", aggregate = "model_note")]
struct Noted {
    #[event(id)]
    note: u64,
    text: String,
}

const STREAMS: [(&str, &str); 5] = [
    ("model_note", "1"),
    ("model_note", "2"),
    ("model_book", "1"),
    ("model_book", "a/b % _ ' \""),
    ("größe", "日本🦀"),
];
const NAMES: [&str; 3] = ["model_noted", "model_rare", "model%_'ü"];
const TEXTS: [&str; 5] = ["", "plain", "Ünïcödé 🦀 日本", "it's \"quoted\" \\ %_ \n\t", "with a NUL \0 inside"];
const HANDLERS: [&str; 3] = ["send_mail", "Auditor.paid", "größe%"];
const CLASSES: [Class; 5] = [Class::Transient, Class::Permanent, Class::Timeout, Class::Panic, Class::Decode];
const FINGERPRINTS: [u64; 4] = [0, 1, u64::MAX, 1 << 63];

/// How many streams there are.
pub(crate) const STREAM_COUNT: u8 = 5;

fn pick<T: Copy>(values: &[T], number: u8) -> T {
    values[usize::from(number) % values.len()]
}

pub(crate) fn stream(number: u8) -> StreamId {
    let (aggregate, id) = pick(&STREAMS, number);
    StreamId::new(aggregate, &id.to_owned())
}

pub(crate) fn name(number: u8) -> EventName {
    pick(&NAMES, number).into()
}

pub(crate) fn aggregate(number: u8) -> &'static str {
    pick(&STREAMS, number).0
}

pub(crate) fn text(number: u8) -> &'static str {
    pick(&TEXTS, number)
}

/// Text as operators and keys have it, without control characters.
pub(crate) fn operator_text(number: u8) -> &'static str {
    pick(&TEXTS[..3], number)
}

pub(crate) fn handler(number: u8) -> HandlerName {
    pick(&HANDLERS, number).into()
}

pub(crate) fn status(number: u8) -> LetterStatus {
    pick(&LetterStatus::ALL, number)
}

pub(crate) fn class(number: u8) -> Class {
    pick(&CLASSES, number)
}

pub(crate) fn fingerprint(number: u8) -> u64 {
    pick(&FINGERPRINTS, number)
}

pub(crate) fn event_id(number: u16) -> EventId {
    Uuid::from_u128(0x0197_0000_0000_7000_8000_0000_0000_0000 | u128::from(number)).into()
}

pub(crate) fn correlation(number: u16) -> CorrelationId {
    event_id(number).into()
}

/// A time in 2026, some seconds after the year's beginning and with microseconds.
pub(crate) fn second(seconds: i32) -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600 + i64::from(seconds), 123_456_000).unwrap()
}

/// What an event says about itself: everything but where it is.
pub(crate) fn metadata(draft: &EventDraft) -> EventMetadata {
    let extra = |bit: u8| draft.extras & (1 << bit) != 0;
    let header = |(bit, name): (u8, &str)| extra(bit).then(|| (name.to_owned(), text(draft.extras).to_owned()));
    MetadataParts {
        event_id: event_id(draft.id),
        name: name(draft.name),
        schema_version: SchemaVersion::new(u32::from(draft.schema_version)),
        stream: stream(draft.stream),
        occurred_at: occurred(draft.occurred),
        recording: None,
        correlation_id: correlation(draft.correlation.unwrap_or(draft.id)),
        causation_id: draft.causation.map(event_id),
        actor: extra(0).then(|| Actor::from("ada")),
        tenant: extra(1).then(|| Tenant::from("größe & co")),
        trace: extra(2).then(|| TraceContext {
            traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
            tracestate: extra(3).then(|| "a=1,b=2".to_owned()),
        }),
        headers: [(4, "client"), (5, "größe ' \"")].into_iter().filter_map(header).collect::<BTreeMap<_, _>>(),
    }
    .into()
}

/// Before and after 1970, at the ends of what is kept, and now.
fn occurred(number: u8) -> DateTime<Utc> {
    let times = ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"];
    times.get(usize::from(number)).map_or_else(|| second(i32::from(number)), |time| time.parse().unwrap())
}

pub(crate) fn payload(draft: &EventDraft) -> Payload {
    Payload::encode(&noted(draft)).unwrap()
}

pub(crate) fn new_event(draft: &EventDraft) -> NewEvent {
    NewEvent::new(&noted(draft), metadata(draft)).unwrap()
}

fn noted(draft: &EventDraft) -> Noted {
    Noted { note: 1, text: text(draft.text).to_owned() }
}

pub(crate) fn attempt(draft: &AttemptDraft) -> FailedAttempt {
    let error = HandlerError::new(class(draft.class), text(draft.text)).report();
    FailedAttempt {
        at: second(draft.at),
        class: class(draft.class),
        error,
        fingerprint: fingerprint(draft.fingerprint),
    }
}

pub(crate) fn snapshot(draft: &SnapshotDraft) -> Snapshot {
    Snapshot {
        stream: stream(draft.stream),
        version: Version::new(u64::from(draft.version)),
        fingerprint: fingerprint(draft.fingerprint),
        taken_at: second(draft.at),
        state: Payload::encode(&text(draft.text)).unwrap(),
    }
}
