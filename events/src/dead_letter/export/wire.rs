//! The JSON of an exported letter. Its fields are a promise: a newer version of the format gets a
//! number of its own, and files of older ones stay readable.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::ExportedLetter;
use crate::error::{Error, ErrorKind};
use crate::event::{EventMetadata, MetadataParts, Payload, RecordedEvent, Recording, TraceContext};
use crate::handler::{Class, ErrorReport};
use crate::id::{Actor, CorrelationId, EventId, EventName, HandlerName, SchemaVersion, StreamId, Tenant};
use crate::store::{AttemptRecord, FailedAttempt, LetterId, LetterStatus};

/// What the file says of itself before anything else is read.
#[derive(Deserialize)]
struct Head {
    format: String,
    format_version: u32,
}

const FORMAT: &str = "events.letter";

#[derive(Serialize, Deserialize)]
struct File {
    format: String,
    format_version: u32,
    id: LetterId,
    status: LetterStatus,
    handler: HandlerName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    build: String,
    class: Class,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<ErrorReport>,
    attempts: Vec<Attempt>,
    event: Event,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    edited: Option<Data>,
}

#[derive(Serialize, Deserialize)]
struct Attempt {
    number: u32,
    at: DateTime<Utc>,
    class: Class,
    error: ErrorReport,
    /// In hexadecimal digits: JSON's numbers end at 53 bits for many readers.
    fingerprint: String,
}

#[derive(Serialize, Deserialize)]
struct Event {
    event_id: EventId,
    name: EventName,
    schema_version: SchemaVersion,
    stream: StreamId,
    occurred_at: DateTime<Utc>,
    #[serde(flatten)]
    recording: Recording,
    correlation_id: CorrelationId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    causation_id: Option<EventId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    actor: Option<Actor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tenant: Option<Tenant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trace: Option<TraceContext>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    data: Data,
}

/// An event's data: JSON as it was recorded, or, where it is damaged and no JSON, its text.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Data {
    Json(Box<RawValue>),
    Text(String),
}

pub(super) fn write(letter: &ExportedLetter) -> Result<String, Error> {
    let file = File {
        format: FORMAT.to_owned(),
        format_version: ExportedLetter::FORMAT_VERSION,
        id: letter.id,
        status: letter.status,
        handler: letter.handler.clone(),
        key: letter.key.clone(),
        build: letter.build.clone(),
        class: letter.class,
        error: letter.error.clone(),
        attempts: letter.attempts.iter().map(Attempt::from).collect(),
        event: event(&letter.event)?,
        edited: letter.edited.as_ref().map(Data::from),
    };
    let mut text = serde_json::to_string_pretty(&file).map_err(|error| {
        Error::new(ErrorKind::Internal, format!("letter {} can't be written as JSON", letter.id)).with_source(error)
    })?;
    text.push('\n');
    Ok(text)
}

pub(super) fn read(text: &str) -> Result<ExportedLetter, Error> {
    let head: Head = serde_json::from_str(text).map_err(refused)?;
    if head.format != FORMAT {
        let message = format!("the file isn't an exported letter: its format is `{}`, not `{FORMAT}`", head.format);
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    if head.format_version > ExportedLetter::FORMAT_VERSION {
        let message = format!(
            "the letter's file has version {}, this program reads up to {}: use a newer one",
            head.format_version,
            ExportedLetter::FORMAT_VERSION
        );
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    let file: File = serde_json::from_str(text).map_err(refused)?;
    let attempts: Result<_, Error> = file.attempts.into_iter().map(AttemptRecord::try_from).collect();
    Ok(ExportedLetter {
        id: file.id,
        status: file.status,
        handler: file.handler,
        key: file.key,
        build: file.build,
        class: file.class,
        error: file.error,
        attempts: attempts?,
        event: file.event.into(),
        edited: file.edited.map(Payload::from),
    })
}

/// Where the text is wrong, and not what it says there: it may be the event's data.
fn refused(error: serde_json::Error) -> Error {
    let (line, column) = (error.line(), error.column());
    let message = format!("the file isn't an exported letter (line {line}, column {column})");
    Error::new(ErrorKind::Invalid, message).with_source(error)
}

fn event(event: &RecordedEvent) -> Result<Event, Error> {
    let metadata = event.metadata();
    let recording = metadata
        .recording()
        .ok_or_else(|| Error::new(ErrorKind::Invalid, format!("event {} isn't recorded", metadata.event_id())))?;
    Ok(Event {
        event_id: metadata.event_id(),
        name: metadata.name().clone(),
        schema_version: metadata.schema_version(),
        stream: metadata.stream().clone(),
        occurred_at: metadata.occurred_at(),
        recording,
        correlation_id: metadata.correlation_id(),
        causation_id: metadata.causation_id(),
        actor: metadata.actor().cloned(),
        tenant: metadata.tenant().cloned(),
        trace: metadata.trace().cloned(),
        headers: metadata.headers().clone(),
        data: event.payload().into(),
    })
}

impl From<Event> for RecordedEvent {
    fn from(event: Event) -> Self {
        let metadata = EventMetadata::from(MetadataParts {
            event_id: event.event_id,
            name: event.name,
            schema_version: event.schema_version,
            stream: event.stream,
            occurred_at: event.occurred_at,
            recording: None,
            correlation_id: event.correlation_id,
            causation_id: event.causation_id,
            actor: event.actor,
            tenant: event.tenant,
            trace: event.trace,
            headers: event.headers,
        });
        Self::new(metadata, event.recording, event.data.into())
    }
}

impl From<&AttemptRecord> for Attempt {
    fn from(record: &AttemptRecord) -> Self {
        let AttemptRecord { number, attempt } = record.clone();
        let fingerprint = format!("{:016x}", attempt.fingerprint);
        Self { number, at: attempt.at, class: attempt.class, error: attempt.error, fingerprint }
    }
}

impl TryFrom<Attempt> for AttemptRecord {
    type Error = Error;

    fn try_from(attempt: Attempt) -> Result<Self, Error> {
        let fingerprint = u64::from_str_radix(&attempt.fingerprint, 16).map_err(|error| {
            let message = format!("the fingerprint of attempt {} isn't a hexadecimal number", attempt.number);
            Error::new(ErrorKind::Invalid, message).with_source(error)
        })?;
        let Attempt { number, at, class, error, .. } = attempt;
        Ok(Self { number, attempt: FailedAttempt { at, class, error, fingerprint } })
    }
}

impl From<&Payload> for Data {
    fn from(payload: &Payload) -> Self {
        let json = RawValue::from_string(payload.as_json().to_owned());
        json.map_or_else(|_| Self::Text(payload.as_json().to_owned()), Self::Json)
    }
}

impl From<Data> for Payload {
    fn from(data: Data) -> Self {
        match data {
            Data::Json(json) => Self::from_json(json.get()),
            Data::Text(text) => Self::from_json(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{Position, Version};

    fn letter(payload: &str) -> ExportedLetter {
        let event_id = EventId::now();
        let metadata = EventMetadata::from(MetadataParts {
            event_id,
            name: "counted".into(),
            schema_version: SchemaVersion::new(2),
            stream: StreamId::new("counter", &7_u64),
            occurred_at: DateTime::UNIX_EPOCH,
            recording: None,
            correlation_id: event_id.into(),
            causation_id: Some(EventId::now()),
            actor: Some("ada".into()),
            tenant: Some("acme".into()),
            trace: Some(TraceContext { traceparent: "00-1-2-01".into(), tracestate: None }),
            headers: BTreeMap::from([("via".to_owned(), "mail".to_owned())]),
        });
        let recording = Recording {
            position: Position::new(9),
            version: Version::new(3),
            recorded_at: DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
        };
        let error = crate::HandlerError::permanent("no such host").report();
        let attempt = FailedAttempt {
            at: recording.recorded_at,
            class: Class::Permanent,
            error: error.clone(),
            fingerprint: u64::MAX,
        };
        ExportedLetter {
            id: LetterId::new(4),
            status: LetterStatus::Dead,
            handler: "mail".into(),
            key: Some("counter/7".into()),
            build: "shop 1.4.2".into(),
            class: Class::Permanent,
            error: Some(error),
            attempts: vec![AttemptRecord { number: 1, attempt }],
            event: RecordedEvent::new(metadata, recording, Payload::from_json(payload)),
            edited: None,
        }
    }

    #[test]
    fn a_letter_comes_back_as_it_was() {
        // As it was written: spaces, the order of keys, and numbers that no float holds.
        let payload = r#"{"by": 123456789012345678901234567890, "b":1.10, "a":[ ]}"#;
        let mut letter = letter(payload);
        for edited in [None, Some(Payload::from_json("{\"by\":1}"))] {
            letter.edited = edited;
            let text = letter.to_json().unwrap();
            let read = ExportedLetter::from_json(&text).unwrap();
            assert_eq!(read, letter);
            assert_eq!(read.event.payload().as_json(), payload);
            let used = letter.edited.as_ref().map_or(payload, Payload::as_json);
            assert_eq!(read.event_for_handler().payload().as_json(), used);
        }
        assert!(!format!("{letter:?}").contains("1234567890"));
    }

    #[test]
    fn damaged_data_is_kept_as_text() {
        let letter = letter("{\"by\": ");
        assert_eq!(ExportedLetter::from_json(&letter.to_json().unwrap()).unwrap(), letter);
    }

    #[test]
    fn other_files_are_refused_without_quoting_them() {
        let text = letter("{\"pin\":\"s3cret\"}").to_json().unwrap();
        let newer = text.replace("\"format_version\": 1", "\"format_version\": 2");
        let error = ExportedLetter::from_json(&newer).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        let other = text.replace(FORMAT, "events.lock");
        let cut = text.get(..text.len() - 20).unwrap();
        let broken = text.replace("\"ffffffffffffffff\"", "\"x\"");
        for wrong in ["", "[]", "{}", "{\"format\": 3}", &other, cut, &broken] {
            let error = ExportedLetter::from_json(wrong).unwrap_err();
            assert!(error.is_invalid(), "{error:?}");
            assert!(!format!("{error:?}").contains("s3cret"));
        }
    }
}
