//! `#[derive(DomainEvent)]`: what an event knows about itself, and how old versions are read.

use chrono::{DateTime, FixedOffset, Utc};
use events::event::{DecodeReason, FieldRole};
use events::prelude::*;
use events::{AggregateId, SchemaVersion, StreamKey};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "macros_event.meal_logged", aggregate = "macros_event.diary", kind = "integration")]
struct MealLogged {
    #[event(id)]
    diary: Uuid,
    r#type: String,
    items: Vec<Option<(u8, [i64; 2])>>,
    #[event(occurred_at)]
    at: DateTime<FixedOffset>,
}

#[derive(Debug, Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct MacrosEventHTTPServerStarted {
    #[event(occurred_at)]
    at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct WallId(u32);

impl AggregateId for WallId {
    fn stream_key(&self) -> StreamKey {
        self.0.stream_key()
    }
}

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "macros_event.painted", aggregate = "macros_event.wall")]
struct PaintedV1 {
    #[event(id)]
    wall: WallId,
}

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "macros_event.painted", aggregate = "macros_event.wall", version = 2, previous = PaintedV1)]
struct PaintedV2 {
    #[event(id)]
    wall: WallId,
    colour: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event(name = "macros_event.painted", aggregate = "macros_event.wall", version = 5, previous = PaintedV2)]
struct Painted {
    #[event(id)]
    wall: WallId,
    colour: String,
    coats: u8,
}

impl From<PaintedV1> for PaintedV2 {
    fn from(old: PaintedV1) -> Self {
        Self { wall: old.wall, colour: "white".to_owned() }
    }
}

impl From<PaintedV2> for Painted {
    fn from(old: PaintedV2) -> Self {
        Self { wall: old.wall, colour: old.colour, coats: 1 }
    }
}

#[test]
fn a_descriptor_says_what_the_source_says() {
    let descriptor = MealLogged::DESCRIPTOR;
    assert_eq!(descriptor.name(), "macros_event.meal_logged");
    assert_eq!(descriptor.aggregate(), Some("macros_event.diary"));
    assert_eq!((descriptor.version(), descriptor.kind()), (SchemaVersion::new(1), EventType::Integration));
    let fields: Vec<_> =
        descriptor.fields().iter().map(|field| (field.name(), field.type_name(), field.role())).collect();
    assert_eq!(
        fields,
        [
            ("diary", "Uuid", FieldRole::Id),
            ("type", "String", FieldRole::Data),
            ("items", "Vec<Option<(u8, [i64; 2])>>", FieldRole::Data),
            ("at", "DateTime<FixedOffset>", FieldRole::OccurredAt),
        ]
    );
    let (file, line) = descriptor.location().file();
    assert!(file.ends_with("macros_event.rs"));
    assert_eq!(include_str!("macros_event.rs").lines().nth(line as usize - 1), Some("struct MealLogged {"));
    assert!(descriptor.location().path().ends_with("::macros_event::MealLogged"));
}

#[test]
fn a_name_defaults_to_snake_case() {
    assert_eq!(MacrosEventHTTPServerStarted::DESCRIPTOR.name(), "macros_event_http_server_started");
}

#[test]
fn the_time_of_an_event_is_in_utc_whatever_its_offset() {
    let at = "2026-11-23T01:30:00+05:30".parse::<DateTime<FixedOffset>>().unwrap();
    let event = MealLogged { diary: Uuid::nil(), r#type: String::new(), items: Vec::new(), at };
    assert_eq!(event.occurred_at(), Some("2026-11-22T20:00:00Z".parse().unwrap()));
    assert_eq!(MacrosEventHTTPServerStarted { at: None }.occurred_at(), None);
}

#[test]
fn an_event_knows_its_stream_or_is_one_of_its_own() {
    let event = Painted { wall: WallId(7), colour: String::new(), coats: 1 };
    assert_eq!(event.stream().unwrap().to_string(), "macros_event.wall/7");
    assert_eq!(event.aggregate_id(), Some(&WallId(7)));
    let event = MacrosEventHTTPServerStarted { at: None };
    assert_eq!((event.stream(), event.aggregate_id()), (None, None));
}

#[test]
fn old_versions_are_read_through_the_chain() {
    let painted = |colour: &str, coats| Painted { wall: WallId(1), colour: colour.to_owned(), coats };
    let read = |version, data| Painted::decode(SchemaVersion::new(version), data).unwrap();
    assert_eq!(read(1, r#"{"wall":1}"#), painted("white", 1));
    assert_eq!(read(2, r#"{"wall":1,"colour":"red"}"#), painted("red", 1));
    assert_eq!(read(5, r#"{"wall":1,"colour":"red","coats":3}"#), painted("red", 3));
    assert_eq!(Painted::DESCRIPTOR.previous().unwrap().version(), SchemaVersion::new(2));
}

#[test]
fn a_version_that_the_chain_does_not_have_is_an_error_and_never_a_guess() {
    let reason = |version, data| Painted::decode(SchemaVersion::new(version), data).unwrap_err().reason();
    assert_eq!(reason(6, "{}"), DecodeReason::NewerVersion { known: SchemaVersion::new(5) });
    assert_eq!(reason(3, "{}"), DecodeReason::UnknownVersion);
    assert_eq!(reason(0, "{}"), DecodeReason::UnknownVersion);
    assert_eq!(reason(2, r#"{"wall":1}"#), DecodeReason::Malformed { line: 1, column: 10 });
}
