//! Letters about events that this program can't read, or not now.

use events::event::{ErasedEvent, EventMetadata, MetadataParts};
use events::handler::ErrorReport;
use events::prelude::*;
use events::store::{Append, FailedAttempt, LetterQuery, LetterStatus, NewEvent, NewLetter, StorageBackend};
use events::{ErrorKind, EventName, HandlerName, Position, SchemaVersion};
use serde::{Deserialize, Serialize};

use super::{Bench, OrderedV1, Step, idle, letter, letter_when, tea};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "letters.other", no_stream)]
struct Other {
    number: u8,
}

/// An event whose own code panics when it is read.
#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "letters.grenade", no_stream)]
struct Grenade {
    #[serde(deserialize_with = "explode")]
    number: u8,
}

fn explode<'de, D: serde::Deserializer<'de>>(_: D) -> Result<u8, D::Error> {
    panic!("the pin is out")
}

/// Records an event under any name and version, with a letter of `dl_scripted` about it.
pub(super) async fn record(bench: &Bench, event: &dyn ErasedEvent, name: &'static str, version: u32) -> EventId {
    let id = EventId::now();
    let metadata = EventMetadata::from(MetadataParts {
        event_id: id,
        name: EventName::from_static(name),
        schema_version: SchemaVersion::new(version),
        stream: StreamId::new("letters.any", &id),
        occurred_at: bench.after_start(0),
        recording: None,
        correlation_id: id.into(),
        causation_id: None,
        actor: None,
        tenant: None,
        trace: None,
        headers: Default::default(),
    });
    let append = Append::new().event(NewEvent::new(event, metadata.clone()).unwrap());
    let appended = bench.fragile.store().append(append).await.unwrap();
    write_letter(bench, &metadata, appended.recordings()[0].position).await;
    id
}

async fn write_letter(bench: &Bench, metadata: &EventMetadata, position: Position) {
    let error = ErrorReport::of(&std::fmt::Error, "fmt::Error");
    let letter = NewLetter {
        handler: HandlerName::from_static("dl_scripted"),
        event_id: metadata.event_id(),
        event: metadata.name().clone(),
        schema_version: metadata.schema_version(),
        stream: metadata.stream().clone(),
        position,
        correlation_id: metadata.correlation_id(),
        traceparent: None,
        lane: None,
        build: String::new(),
        attempt: Some(FailedAttempt { at: bench.after_start(0), class: Class::Transient, error, fingerprint: 1 }),
        at: bench.after_start(0),
        next_attempt_at: Some(bench.after_start(10)),
    };
    bench.fragile.write_letters(vec![letter]).await.unwrap();
}

#[tokio::test]
async fn an_event_that_a_newer_program_wrote_waits_for_one_and_uses_up_no_attempt() {
    for (name, version) in [("letters.from_the_future", 1), ("letters.ordered_once", 3)] {
        let bench = Bench::new([]);
        record(&bench, &Other { number: 1 }, name, version).await;
        let app = bench.start().await;
        bench.advance(10);
        for round in 1..=3 {
            let due = bench.after_start(10 + 30 * round);
            let letter = letter_when(&app, "it was put off", |letter| letter.next_attempt_at == Some(due)).await;
            assert_eq!((letter.status, letter.attempts, letter.class), (LetterStatus::Retrying, 1, Class::Transient));
            bench.advance(30);
        }
        assert_eq!((bench.script.calls(), app.stats().retries), (0, 0));
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn an_event_whose_data_does_not_fit_is_dead_with_its_place() {
    let bench = Bench::new([]);
    record(&bench, &Other { number: 42 }, "letters.ordered_once", 2).await;
    let app = bench.start().await;
    bench.advance(10);
    let letter = letter_when(&app, "the attempt", |letter| letter.attempts == 2).await;
    assert_eq!((letter.status, letter.class), (LetterStatus::Dead, Class::Decode));
    let text = letter.error.as_ref().unwrap().to_string();
    assert!(text.contains("`letters.ordered_once` version 2 at position 1") && !text.contains("42"), "{text}");
    assert_eq!(bench.script.calls(), 0);
    app.shutdown().await.unwrap();
}

/// Guards: reading an event ran outside of any net, and a panic there ended all retries of the process.
#[tokio::test]
async fn an_event_that_panics_when_it_is_read_fails_alone() {
    let bench = Bench::new([]);
    record(&bench, &Grenade { number: 1 }, "letters.grenade", 1).await;
    let app = bench.start().await;
    bench.advance(10);
    let letter = letter_when(&app, "the attempt", |letter| letter.attempts == 2).await;
    assert_eq!((letter.status, letter.class), (LetterStatus::Retrying, Class::Panic));
    assert!(letter.error.as_ref().unwrap().to_string().contains("the pin is out"));
    app.dead_letters().discard(LetterQuery::new().id(letter.id), Audit::by("test")).await.unwrap();
    record(&bench, &OrderedV1 { what: "coffee".to_owned() }, "letters.ordered_once", 1).await;
    bench.advance(10);
    crate::support::eventually("the next letter is tried", || async { bench.script.calls() == 1 }).await;
    let report = app.shutdown().await.unwrap();
    assert!(!report.retry_given_up);
}

#[tokio::test]
async fn a_letter_whose_event_is_gone_is_dead() {
    let bench = Bench::new([]);
    let event = OrderedV1 { what: "coffee".to_owned() };
    record(&bench, &event, "letters.ordered_once", 1).await;
    let metadata = EventMetadata::new(&event, &Context::new());
    write_letter(&bench, &metadata, Position::new(1)).await;
    write_letter(&bench, &EventMetadata::new(&event, &Context::new()), Position::new(99)).await;
    let app = bench.start().await;
    bench.advance(10);
    let dead = LetterQuery::new().status(LetterStatus::Dead).class(Class::Decode);
    crate::support::eventually("two dead letters", || async {
        app.dead_letters().list(dead.clone()).await.unwrap().len() == 2
    })
    .await;
    assert_eq!(bench.script.calls(), 1);
    app.shutdown().await.unwrap();
}

/// Guards: only an error of one kind was taken for a store that can't be read now.
#[tokio::test]
async fn a_store_that_can_not_be_read_now_uses_up_no_attempt() {
    for kind in [ErrorKind::Unavailable, ErrorKind::Timeout, ErrorKind::Internal] {
        let bench = Bench::new([Step::Fail]);
        let app = bench.start().await;
        let receipt = app.publish(tea()).await.unwrap();
        bench.fragile.fail_log(Some(kind));
        bench.advance(10);
        let due = bench.after_start(40);
        let letter =
            letter_when(&app, "it was put off", |letter| letter.next_attempt_at != Some(bench.after_start(10))).await;
        assert_eq!(
            (letter.status, letter.attempts, letter.next_attempt_at),
            (LetterStatus::Retrying, 1, Some(due)),
            "{kind:?}"
        );
        bench.fragile.fail_log(None);
        bench.advance(30);
        assert_eq!(app.settled(&receipt).await.unwrap().resolved, 1);
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn an_event_that_can_be_read_again_is_handled() {
    let bench = Bench::new([]);
    record(&bench, &OrderedV1 { what: "coffee".to_owned() }, "letters.ordered_once", 1).await;
    bench.fragile.fail_log(Some(ErrorKind::Decode));
    let app = bench.start().await;
    bench.advance(10);
    letter_when(&app, "it is dead", |letter| (letter.status, letter.class) == (LetterStatus::Dead, Class::Decode))
        .await;
    bench.fragile.fail_log(None);
    idle().await;
    assert_eq!(letter(&app).await.status, LetterStatus::Dead);
    app.dead_letters().redrive(LetterQuery::all(), Audit::by("ada")).await.unwrap();
    letter_when(&app, "it is resolved", |letter| letter.status == LetterStatus::Resolved).await;
    app.shutdown().await.unwrap();
}
