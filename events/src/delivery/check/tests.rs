//! Rows that were changed by hand, or lost.

use super::super::DurableHandlers;
use super::CheckFinding;
use crate::handler::{BeginsAt, Class, HandlerError};
use crate::id::{EventId, Position, SchemaVersion, StreamId};
use crate::store::{
    Advance, ClaimLanes, EventFilter, EventStore, FailedAttempt, HandlerDeclaration, LaneAnswer, LaneWrite, LetterLane,
    NewLetter, ParkedKey, RegisterHandlers,
};

fn letter(store: &EventStore, position: u64, partition: u32, key: &str, is_dead: bool) -> NewLetter {
    let (event_id, now) = (EventId::now(), store.now());
    let error = HandlerError::transient("busy").report();
    NewLetter {
        handler: "copy".into(),
        event_id,
        event: "written".into(),
        schema_version: SchemaVersion::new(1),
        stream: StreamId::new("book", &position),
        position: Position::new(position),
        correlation_id: event_id.into(),
        traceparent: None,
        lane: Some(LetterLane { partition, key: Some(key.to_owned()) }),
        build: "test".into(),
        attempt: Some(FailedAttempt { at: now, class: Class::Transient, error, fingerprint: 1 }),
        at: now,
        next_attempt_at: (!is_dead).then_some(now),
    }
}

/// A handler whose lane has passed 50 positions of a log without events.
async fn damaged(store: &EventStore) -> Vec<CheckFinding> {
    let (name, now) = ("copy", store.now());
    let declaration = HandlerDeclaration {
        name: name.into(),
        renamed_from: None,
        begins: BeginsAt::Start,
        partitions: 1,
        build: "test".into(),
        previous: None,
    };
    store.backend().register_handlers(RegisterHandlers { handlers: vec![declaration], at: now }).await.unwrap();
    let claim = ClaimLanes { handlers: vec![name.into()], owner: "me".into(), now, lease_until: now, limit: 1 };
    let lane = store.backend().claim_lanes(claim).await.unwrap().remove(0).lane;
    let mut write = LaneWrite::new(lane, "test", now);
    write.advance = Some(Advance { from: Position::START, to: Position::new(50) });
    write.letters =
        vec![letter(store, 7, 0, "book/7", false), letter(store, 8, 0, "book/8", true), letter(store, 9, 3, "*", true)];
    write.park = vec![ParkedKey { key: "book/6".into(), from: Position::new(60) }];
    assert!(matches!(store.backend().write_lane(write).await.unwrap(), LaneAnswer::Written { .. }));
    let check = DurableHandlers::new(store.clone()).check(name, EventFilter::new()).await.unwrap();
    assert!(!check.is_sound());
    assert_eq!((check.checkpoint, check.log_end, check.events.total()), (Position::new(50), Position::START, 0));
    check.findings
}

#[tokio::test]
async fn what_does_not_fit_is_found() {
    let store = EventStore::memory();
    let findings = damaged(&store).await;
    let texts: Vec<String> = findings.iter().map(ToString::to_string).collect();
    let without_event = |text: &&String| text.contains("which isn't in the log");
    assert_eq!(texts.iter().filter(without_event).count(), 3, "{texts:#?}");
    let expected = [
        "no process that is alive declares the handler",
        "lane 0 has its checkpoint at 50, but the log ends at 0: what is appended up to there would be skipped",
        "key `book/6` waits from position 60, but the log ends at 0",
        "letter 1 is retrying, but key `book/7` isn't parked: later events don't wait for it",
        "letter 2 is open, and later events of key `book/8` don't wait for it",
        "letter 3 belongs to lane 3, which isn't there: nobody tries it",
        "letter 3 is open, and later events of key `*` don't wait for it",
    ];
    let others: Vec<&String> = texts.iter().filter(|text| !without_event(text)).collect();
    assert_eq!(others, expected);
    let wrong: Vec<bool> = findings.iter().map(CheckFinding::is_wrong).collect();
    assert_eq!(wrong, [false, true, true, true, false, true, false, true, true, true]);
    assert!(findings.iter().all(|finding| !finding.advice().is_empty()));
}
