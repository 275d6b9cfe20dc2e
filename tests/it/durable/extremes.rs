//! Failures at their extremes: longest delays, many attempts, and operators who come in between.

use std::time::Duration;

use events::prelude::*;
use events::store::{FailedEvent, HandlerState};

use super::{Desk, Office, Verdict, Written, copy, on_every_store, written};
use crate::support::{Fragile, eventually};

on_every_store![
    what_is_to_wait_for_ever_waits,
    a_batch_that_takes_too_long_fails_for_the_event_that_does,
    a_panic_in_a_batch_is_the_one_event_s,
    a_pause_lets_the_call_under_way_end,
    a_reset_meets_each_event_once_more,
    a_letter_behind_a_discarded_one_can_be_held,
    letters_go_with_a_new_name,
    streams_that_are_let_go_together_take_turns,
];

/// Comes back when it is told to, however late.
#[event_handler(
    durable(from = "start"),
    retry(attempts = 4294967295, initial_delay = "1s", max_delay = "2s", jitter = 0.0)
)]
fn late(event: &Written, State(desk): State<&Desk>) -> Result<Outcome, HandlerError> {
    if !desk.0.verdicts.lock().unwrap().contains_key(&event.number) {
        return desk.answer(event);
    }
    match event.number {
        1 => Err(HandlerError::retry_after(Duration::MAX, "busy")),
        2 => Ok(Outcome::Snooze(Duration::MAX)),
        3 => Ok(Outcome::Retry { after: Some(Duration::MAX) }),
        4 => Err(HandlerError::retry_after(Duration::from_secs(100), "busy")),
        5 => Err(HandlerError::retry_after(Duration::ZERO, "busy")),
        _ => desk.answer(event),
    }
}

#[event_handler(durable(from = "start"))]
fn bare(event: &Written, State(desk): State<&Desk>) -> Result<Outcome, HandlerError> {
    desk.answer(event)
}

#[event_handler(durable(from = "start", batch = 3), timeout = "100ms", retry(attempts = 1))]
async fn dawdle(
    events: &[Envelope<'_, Written>],
    attempt: Attempt,
    State(desk): State<&Desk>,
) -> Result<Outcome, HandlerError> {
    if events.iter().any(|event| desk.0.verdicts.lock().unwrap().get(&event.number) == Some(&Verdict::Snooze)) {
        std::future::pending::<()>().await;
    }
    desk.handle_all(events, attempt)
}

#[event_handler(
    durable(from = "start", renamed_from = "copy"),
    retry(attempts = 3, initial_delay = "10s", jitter = 0.0)
)]
async fn transcribe(event: &Written, attempt: Attempt, State(desk): State<&Desk>) -> Result<Outcome, HandlerError> {
    desk.handle(event, attempt).await
}

fn ada() -> Audit {
    Audit::by("ada").because("she looks into it")
}

async fn letters(app: &EventDispatcher) -> Vec<FailedEvent> {
    app.dead_letters().list(LetterQuery::new()).await.unwrap()
}

async fn are(app: &EventDispatcher, count: usize, status: LetterStatus) -> Vec<FailedEvent> {
    let of = async || app.dead_letters().list(LetterQuery::new().status(status)).await.unwrap();
    eventually(&format!("{count} letters are {status}"), async || of().await.len() == count).await;
    of().await
}

async fn what_is_to_wait_for_ever_waits(office: Office) {
    for number in 1..=5 {
        office.desk.judge(number, Verdict::Fail);
    }
    let app = office.start_for_long(handlers![late]).await;
    app.publish_batch((1..=6).map(|number| written(number, number)).collect::<Vec<_>>()).await.unwrap();
    office.has(6, &[6]).await;
    let found = are(&app, 5, LetterStatus::Retrying).await;
    let due = |book: u64| {
        let letter = found.iter().find(|letter| letter.stream.to_string() == format!("durable.book/{book}")).unwrap();
        letter.next_attempt_at.unwrap()
    };
    let now = chrono::DateTime::UNIX_EPOCH;
    for book in 1..=3 {
        assert!(due(book) > now + chrono::TimeDelta::days(365_000), "{book}: {}", due(book));
    }
    assert_eq!(due(4), now + Duration::from_secs(100), "longer than the policy's longest");
    assert_eq!(due(5), now + Duration::from_secs(1), "not sooner than the policy says");
    app.shutdown().await.unwrap();
    for number in 1..=5 {
        office.desk.judge(number, None);
    }
    let app = office.start_for_long(handlers![late]).await;
    office.advance(100);
    office.has(4, &[4]).await;
    office.has(5, &[5]).await;
    assert_eq!(office.desk.handled().len(), 3);
    app.dead_letters().redrive(LetterQuery::all(), ada()).await.unwrap();
    eventually("all are handled", async || office.desk.handled().len() == 6).await;
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_policy_of_nothing_or_of_everything_is_followed() {
    for (policy, second) in [
        (RetryPolicy::new(0).with_initial_delay(Duration::ZERO), None),
        (RetryPolicy::new(2).with_initial_delay(Duration::ZERO).with_max_delay(Duration::ZERO), Some(Duration::ZERO)),
        (
            RetryPolicy::new(u32::MAX).with_initial_delay(Duration::MAX).with_max_delay(Duration::MAX).with_jitter(1.0),
            Some(Duration::MAX),
        ),
    ] {
        let office = Office::in_memory();
        office.desk.judge(1, Verdict::Fail);
        let app = office.builder(handlers![bare]).retry(policy).start().await.unwrap();
        app.publish_batch(vec![written(1, 1), written(2, 2)]).await.unwrap();
        office.has(2, &[2]).await;
        let (status, attempts) = match second {
            None => (LetterStatus::Dead, 1),
            Some(Duration::ZERO) => (LetterStatus::Dead, 2),
            Some(_) => (LetterStatus::Retrying, 1),
        };
        assert_eq!(are(&app, 1, status).await[0].attempts, attempts);
        app.shutdown().await.unwrap();
    }
}

async fn a_batch_that_takes_too_long_fails_for_the_event_that_does(office: Office) {
    office.publish_before((1..=3).map(|number| written(1, number)).chain([written(2, 4)])).await;
    office.desk.judge(2, Verdict::Snooze);
    let app = office.start_for_long(handlers![dawdle]).await;
    let dead = are(&app, 1, LetterStatus::Dead).await;
    assert_eq!((dead[0].class, dead[0].attempts), (Class::Timeout, 1));
    office.has(2, &[4]).await;
    assert_eq!(office.desk.numbers(1), [1], "3 waits");
    office.desk.judge(2, None);
    app.dead_letters().redrive(LetterQuery::all(), ada()).await.unwrap();
    office.has(1, &[1, 2, 3]).await;
    app.shutdown().await.unwrap();
}

async fn a_panic_in_a_batch_is_the_one_event_s(office: Office) {
    office.publish_before((1..=3).map(|number| written(number, number))).await;
    office.desk.judge(2, Verdict::Panic);
    let app = office.start_for_long(handlers![dawdle]).await;
    let dead = are(&app, 1, LetterStatus::Dead).await;
    assert_eq!((dead[0].class, dead[0].attempts), (Class::Panic, 1));
    office.has(3, &[3]).await;
    assert_eq!(office.desk.handled(), [(1, 1), (3, 3)]);
    assert_eq!(office.desk.batches(), [vec![1, 2, 3], vec![1], vec![2], vec![3]]);
    app.shutdown().await.unwrap();
}

async fn a_pause_lets_the_call_under_way_end(office: Office) {
    office.desk.gate();
    office.desk.judge(2, Verdict::Fail);
    let app = office.start(handlers![copy]).await;
    app.publish_batch(vec![written(1, 1), written(1, 3), written(2, 2)]).await.unwrap();
    eventually("two calls are under way", async || office.desk.under_way() == 2).await;
    app.durable_handlers().pause("copy", ada()).await.unwrap();
    eventually("it is paused", async || {
        app.durable_handlers().get("copy").await.unwrap().unwrap().state == HandlerState::Paused
    })
    .await;
    office.desk.let_through(100);
    are(&app, 1, LetterStatus::Retrying).await;
    eventually("the lane is given back", async || {
        app.durable_handlers().get("copy").await.unwrap().unwrap().lanes[0].owner.is_none()
    })
    .await;
    office.desk.judge(2, None);
    app.durable_handlers().resume("copy", ada()).await.unwrap();
    office.has(1, &[1, 3]).await;
    office.advance(10);
    office.has(2, &[2]).await;
    assert_eq!(office.desk.calls().len(), 4, "{:?}", office.desk.calls());
    app.shutdown().await.unwrap();
}

async fn a_reset_meets_each_event_once_more(office: Office) {
    office.desk.judge(1, Verdict::Permanent);
    office.desk.judge(3, Verdict::Fail);
    let app = office.start(handlers![copy]).await;
    app.publish_batch(vec![written(1, 1), written(1, 2), written(2, 3), written(2, 4), written(3, 5)]).await.unwrap();
    are(&app, 1, LetterStatus::Dead).await;
    are(&app, 1, LetterStatus::Retrying).await;
    office.has(3, &[5]).await;
    office.desk.judge(1, None);
    office.desk.judge(3, None);
    app.durable_handlers().reset("copy", events::Position::START, ada()).await.unwrap();
    office.has(1, &[1, 2]).await;
    office.has(2, &[3, 4]).await;
    office.has(3, &[5, 5]).await;
    let found = letters(&app).await;
    assert!(found.iter().all(|letter| letter.status == LetterStatus::Discarded), "{found:?}");
    eventually("nothing waits", async || app.durable_handlers().list().await.unwrap()[0].parked == 0).await;
    app.shutdown().await.unwrap();
}

async fn a_letter_behind_a_discarded_one_can_be_held(office: Office) {
    office.desk.judge(1, Verdict::Permanent);
    office.desk.judge(3, Verdict::Permanent);
    let app = office.start(handlers![copy]).await;
    app.publish_batch((1..=5).map(|number| written(1, number)).collect::<Vec<_>>()).await.unwrap();
    let first = are(&app, 1, LetterStatus::Dead).await.remove(0);
    office.desk.gate();
    app.dead_letters().discard(LetterQuery::new().id(first.id), ada()).await.unwrap();
    eventually("2 is under way", async || office.desk.under_way() == 1).await;
    // Too late to be held: what follows is under way.
    app.dead_letters().hold(LetterQuery::new().id(first.id), ada()).await.unwrap();
    office.desk.let_through(2);
    let third = are(&app, 1, LetterStatus::Dead).await.remove(0);
    assert_ne!(third.id, first.id);
    app.dead_letters().hold(LetterQuery::new().id(third.id), ada()).await.unwrap();
    office.desk.let_through(100);
    let other = app.publish(written(2, 6)).await.unwrap();
    app.settled(&other).await.unwrap();
    office.has(1, &[2]).await;
    app.dead_letters().release(LetterQuery::new().id(third.id), ada()).await.unwrap();
    office.has(1, &[2, 4, 5]).await;
    app.shutdown().await.unwrap();
}

async fn letters_go_with_a_new_name(office: Office) {
    office.desk.judge(1, Verdict::Fail);
    office.desk.judge(3, Verdict::Permanent);
    let app = office.start(handlers![copy]).await;
    app.publish_batch(vec![written(1, 1), written(1, 2), written(2, 3), written(2, 4)]).await.unwrap();
    are(&app, 1, LetterStatus::Retrying).await;
    are(&app, 1, LetterStatus::Dead).await;
    app.shutdown().await.unwrap();
    office.desk.judge(1, None);
    office.desk.judge(3, None);
    let app = office.start(handlers![transcribe]).await;
    office.advance(10);
    office.has(1, &[1, 2]).await;
    assert!(office.desk.calls().contains(&(1, 1, 2)), "the attempts go on: {:?}", office.desk.calls());
    app.dead_letters().redrive(LetterQuery::all(), ada()).await.unwrap();
    office.has(2, &[3, 4]).await;
    assert!(letters(&app).await.iter().all(|letter| letter.handler == "transcribe"));
    app.shutdown().await.unwrap();
}

/// As many streams as an operator lets go at once: no more calls than the handler says.
async fn streams_that_are_let_go_together_take_turns(office: Office) {
    let app = office.start_for_long(handlers![copy]).await;
    for book in 1..=40 {
        office.desk.judge(book, Verdict::Permanent);
    }
    app.publish_batch((1..=40).flat_map(|book| [written(book, book), written(book, 1000 + book)]).collect::<Vec<_>>())
        .await
        .unwrap();
    let dead = are(&app, 40, LetterStatus::Dead).await;
    office.desk.gate();
    app.dead_letters().discard(LetterQuery::new().ids(dead.iter().map(|letter| letter.id)), ada()).await.unwrap();
    eventually("calls are under way", async || office.desk.under_way() >= 16).await;
    for _ in 0..2_000 {
        tokio::task::yield_now().await;
    }
    let most = office.desk.under_way();
    office.desk.let_through(1_000);
    eventually("all are handled", async || office.desk.handled().len() == 40).await;
    assert!(most <= 16, "{most} calls at the same time");
    app.shutdown().await.unwrap();
}

/// What came of a retry can't be written: the letter stays, is tried again, and nothing passes it.
#[tokio::test]
async fn an_attempt_that_can_not_be_written_is_made_again() {
    let backend = Fragile::new();
    let office = Office::of(EventStore::new(backend.clone()), None);
    office.desk.judge(1, Verdict::Fail);
    let app = office.start_for_long(handlers![copy]).await;
    app.publish_batch(vec![written(1, 1), written(1, 2), written(1, 3)]).await.unwrap();
    are(&app, 1, LetterStatus::Retrying).await;
    backend.fail_attempts(true);
    office.advance(10);
    eventually("the attempt is made", async || office.desk.calls().len() >= 2).await;
    assert_eq!(letters(&app).await[0].attempts, 1);
    backend.fail_attempts(false);
    office.desk.judge(1, None);
    office.has(1, &[1, 2, 3]).await;
    assert_eq!(letters(&app).await[0].status, LetterStatus::Resolved);
    app.shutdown().await.unwrap();
}

/// The letter of an event that has waited behind another can't be written.
#[tokio::test]
async fn a_letter_behind_a_letter_that_can_not_be_written_skips_nothing() {
    let backend = Fragile::new();
    let office = Office::of(EventStore::new(backend.clone()), None);
    office.desk.judge(1, Verdict::Permanent);
    office.desk.judge(2, Verdict::Permanent);
    let app = office.start_for_long(handlers![copy]).await;
    app.publish_batch(vec![written(1, 1), written(1, 2), written(1, 3)]).await.unwrap();
    let dead = are(&app, 1, LetterStatus::Dead).await;
    backend.fail_letters(true);
    app.dead_letters().discard(LetterQuery::new().id(dead[0].id), ada()).await.unwrap();
    eventually("2 was tried", async || office.desk.calls().contains(&(1, 2, 1))).await;
    assert!(office.desk.handled().is_empty());
    backend.fail_letters(false);
    office.desk.judge(2, None);
    office.has(1, &[2, 3]).await;
    app.shutdown().await.unwrap();
}
