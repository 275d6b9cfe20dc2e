//! What a failure does: a letter, a parked key, and nothing to anybody else.

use events::dispatcher::ParkedEvent;
use events::prelude::*;
use events::store::{FailedEvent, HandlerState};

use super::{Desk, Office, Verdict, Written, copy, on_every_store, written};
use crate::support::eventually;

on_every_store![
    a_failed_event_parks_its_stream_only,
    a_retry_releases_what_waits,
    what_waits_may_fail_in_its_turn,
    a_dead_letter_holds_its_stream_until_it_is_redriven,
    a_discarded_letter_releases_what_waits,
    attempts_and_parked_keys_survive_a_restart,
    a_panic_and_a_snooze_wait_like_a_failure,
    on_exhausted_continue_goes_on,
    on_exhausted_halt_stops_the_handler,
    a_handler_without_order_parks_nothing,
    global_order_waits_as_a_whole,
    an_outage_opens_the_circuit_and_uses_up_no_attempt,
    an_outage_ends_where_only_letters_are_left_to_try,
    keys_of_a_field_wait_for_each_other,
];

#[event_handler(durable(from = "start", on_exhausted = "continue"), retry(attempts = 1))]
async fn carry_on(event: &Written, attempt: Attempt, State(desk): State<&Desk>) -> Result<Outcome, HandlerError> {
    desk.handle(event, attempt).await
}

#[event_handler(durable(from = "start", on_exhausted = "halt"), retry(attempts = 1))]
async fn stop_dead(event: &Written, attempt: Attempt, State(desk): State<&Desk>) -> Result<Outcome, HandlerError> {
    desk.handle(event, attempt).await
}

#[event_handler(durable(from = "start", order = "none"), retry(attempts = 2, initial_delay = "10s", jitter = 0.0))]
fn scatter(event: &Written, State(desk): State<&Desk>) -> Result<(), HandlerError> {
    if desk.0.verdicts.lock().unwrap().contains_key(&event.number) {
        return Err(HandlerError::transient("the ink is out"));
    }
    desk.0.handled.lock().unwrap().push((event.book, event.number));
    Ok(())
}

#[event_handler(
    durable(from = "start", order = "global", on_exhausted = "halt"),
    retry(attempts = 3, initial_delay = "10s", jitter = 0.0)
)]
async fn in_a_row(event: &Written, attempt: Attempt, State(desk): State<&Desk>) -> Result<Outcome, HandlerError> {
    desk.handle(event, attempt).await
}

#[event_handler(durable(from = "start", order = key(number)), retry(attempts = 2, initial_delay = "10s", jitter = 0.0))]
fn by_number(event: &Written, State(desk): State<&Desk>) -> Result<(), HandlerError> {
    if desk.0.verdicts.lock().unwrap().contains_key(&event.number) {
        return Err(HandlerError::transient("the ink is out"));
    }
    desk.0.handled.lock().unwrap().push((event.book, event.number));
    Ok(())
}

async fn letters(app: &EventDispatcher) -> Vec<FailedEvent> {
    app.dead_letters().list(LetterQuery::new()).await.unwrap()
}

fn ada() -> Audit {
    Audit::by("ada").because("the ink is here")
}

/// Waits until there is one letter, of that status.
async fn letter(app: &EventDispatcher, status: LetterStatus) -> FailedEvent {
    eventually(&format!("a letter is {status}"), async || {
        letters(app).await.iter().any(|letter| letter.status == status)
    })
    .await;
    letters(app).await.into_iter().find(|letter| letter.status == status).unwrap()
}

async fn a_failed_event_parks_its_stream_only(office: Office) {
    office.desk.judge(2, Verdict::Fail);
    let app = office.start(handlers![copy]).await;
    let first = app.publish_batch(vec![written(1, 1), written(1, 2)]).await.unwrap();
    let behind = app.publish(written(1, 3)).await.unwrap();
    let other = app.publish(written(2, 4)).await.unwrap();
    office.has(2, &[4]).await;
    let waiting = letter(&app, LetterStatus::Retrying).await;
    assert_eq!((waiting.handler.as_str(), waiting.attempts), ("copy", 1));
    assert_eq!(waiting.event_id, first.events()[1].event_id);
    eventually("the event behind it is passed", async || app.durable_handlers().lag().await.unwrap()[0].positions == 0)
        .await;
    assert_eq!(office.desk.numbers(1), [1], "3 waits behind 2");
    let parked = app.settled(&behind).await.unwrap().parked;
    assert_eq!(parked, [ParkedEvent { handler: "copy".into(), event_id: behind.events()[0].event_id }]);
    assert_eq!(app.settled(&other).await.unwrap().parked, []);
    app.shutdown().await.unwrap();
}

async fn a_retry_releases_what_waits(office: Office) {
    office.desk.judge(2, Verdict::Fail);
    let app = office.start(handlers![copy]).await;
    app.publish_batch((1..=300).map(|number| written(1, number)).collect::<Vec<_>>()).await.unwrap();
    letter(&app, LetterStatus::Retrying).await;
    office.desk.judge(2, None);
    office.advance(10);
    office.has(1, &(1..=300).collect::<Vec<_>>()).await;
    eventually("nothing is parked", async || app.durable_handlers().list().await.unwrap()[0].parked == 0).await;
    assert_eq!(letters(&app).await[0].status, LetterStatus::Resolved);
    let receipt = app.publish(written(1, 301)).await.unwrap();
    assert_eq!(app.settled(&receipt).await.unwrap().parked, []);
    assert_eq!(office.desk.numbers(1).len(), 301);
    app.shutdown().await.unwrap();
}

async fn what_waits_may_fail_in_its_turn(office: Office) {
    for number in [2, 4, 5] {
        office.desk.judge(number, Verdict::Fail);
    }
    let app = office.start(handlers![copy]).await;
    app.publish_batch((1..=6).map(|number| written(1, number)).collect::<Vec<_>>()).await.unwrap();
    let rounds = [(2, &[1, 2, 3][..]), (4, &[1, 2, 3, 4]), (5, &[1, 2, 3, 4, 5, 6])];
    for (earlier, (fixed, handled)) in rounds.into_iter().enumerate() {
        eventually("it has its letter", async || letters(&app).await.len() == earlier + 1).await;
        office.desk.judge(fixed, None);
        office.advance(10);
        office.has(1, handled).await;
    }
    app.shutdown().await.unwrap();
}

async fn a_dead_letter_holds_its_stream_until_it_is_redriven(office: Office) {
    office.desk.judge(1, Verdict::Permanent);
    let app = office.start(handlers![copy]).await;
    app.publish_batch(vec![written(1, 1), written(1, 2)]).await.unwrap();
    let dead = letter(&app, LetterStatus::Dead).await;
    office.desk.judge(1, None);
    office.advance(3_600);
    let lane = dead.lane.as_ref().unwrap();
    assert_eq!((lane.partition, lane.key.as_deref()), (0, Some("durable.book/1")));
    app.dead_letters().redrive(LetterQuery::new().id(dead.id), ada()).await.unwrap();
    office.has(1, &[1, 2]).await;
    app.shutdown().await.unwrap();
}

async fn a_discarded_letter_releases_what_waits(office: Office) {
    office.desk.judge(1, Verdict::Permanent);
    let app = office.start(handlers![copy]).await;
    app.publish_batch(vec![written(1, 1), written(1, 2)]).await.unwrap();
    let dead = letter(&app, LetterStatus::Dead).await;
    app.dead_letters().discard(LetterQuery::new().id(dead.id), ada()).await.unwrap();
    office.has(1, &[2]).await;
    app.shutdown().await.unwrap();
}

async fn attempts_and_parked_keys_survive_a_restart(office: Office) {
    office.desk.judge(1, Verdict::Fail);
    let app = office.start(handlers![copy]).await;
    app.publish_batch(vec![written(1, 1), written(1, 2), written(2, 3)]).await.unwrap();
    letter(&app, LetterStatus::Retrying).await;
    office.has(2, &[3]).await;
    app.shutdown().await.unwrap();
    let app = office.start(handlers![copy]).await;
    office.advance(10);
    eventually("the second attempt has failed", async || letters(&app).await[0].attempts == 2).await;
    assert!(office.desk.numbers(1).is_empty());
    office.desk.judge(1, None);
    office.advance(20);
    office.has(1, &[1, 2]).await;
    let attempts: Vec<_> =
        office.desk.calls().into_iter().filter(|(book, number, _)| (*book, *number) == (1, 1)).collect();
    assert_eq!(attempts, [(1, 1, 1), (1, 1, 2), (1, 1, 3)]);
    app.shutdown().await.unwrap();
}

async fn a_panic_and_a_snooze_wait_like_a_failure(office: Office) {
    office.desk.judge(1, Verdict::Panic);
    office.desk.judge(2, Verdict::Snooze);
    let app = office.start(handlers![copy]).await;
    app.publish_batch(vec![written(1, 1), written(2, 2), written(1, 3), written(2, 4)]).await.unwrap();
    eventually("both have their letters", async || letters(&app).await.len() == 2).await;
    let found = letters(&app).await;
    let attempts: std::collections::BTreeMap<_, _> =
        found.iter().map(|letter| (letter.stream.to_string(), letter.attempts)).collect();
    assert_eq!(attempts.into_values().collect::<Vec<_>>(), [1, 0], "a snooze uses up no attempt");
    office.desk.judge(1, None);
    office.desk.judge(2, None);
    office.advance(10);
    office.has(1, &[1, 3]).await;
    office.has(2, &[2, 4]).await;
    app.shutdown().await.unwrap();
}

async fn on_exhausted_continue_goes_on(office: Office) {
    office.desk.judge(1, Verdict::Fail);
    let app = office.start(handlers![carry_on]).await;
    app.publish_batch(vec![written(1, 1), written(1, 2)]).await.unwrap();
    office.has(1, &[2]).await;
    letter(&app, LetterStatus::Dead).await;
    app.shutdown().await.unwrap();
}

async fn on_exhausted_halt_stops_the_handler(office: Office) {
    office.desk.judge(1, Verdict::Fail);
    let app = office.start(handlers![stop_dead]).await;
    app.publish(written(1, 1)).await.unwrap();
    letter(&app, LetterStatus::Dead).await;
    let row = app.durable_handlers().get("stop_dead").await.unwrap().unwrap();
    assert_eq!(row.state, HandlerState::Halted);
    assert!(row.reason.unwrap().contains("no attempt is left"));
    app.publish(written(2, 2)).await.unwrap();
    office.desk.judge(1, None);
    app.durable_handlers().resume("stop_dead", ada()).await.unwrap();
    office.has(2, &[2]).await;
    app.dead_letters().redrive(LetterQuery::all(), ada()).await.unwrap();
    office.has(1, &[1]).await;
    app.shutdown().await.unwrap();
}

async fn a_handler_without_order_parks_nothing(office: Office) {
    office.desk.judge(1, Verdict::Fail);
    let app = office.start(handlers![scatter]).await;
    app.publish_batch(vec![written(1, 1), written(1, 2)]).await.unwrap();
    office.has(1, &[2]).await;
    letter(&app, LetterStatus::Retrying).await;
    office.desk.judge(1, None);
    office.advance(10);
    office.has(1, &[2, 1]).await;
    app.shutdown().await.unwrap();
}

async fn global_order_waits_as_a_whole(office: Office) {
    office.desk.judge(2, Verdict::Fail);
    let app = office.start(handlers![in_a_row]).await;
    app.publish_batch((1..=5).map(|number| written(number, number)).collect::<Vec<_>>()).await.unwrap();
    letter(&app, LetterStatus::Retrying).await;
    assert_eq!(office.desk.handled(), [(1, 1)]);
    app.shutdown().await.unwrap();
    office.desk.judge(2, None);
    let app = office.start(handlers![in_a_row]).await;
    office.advance(10);
    eventually("all are handled", async || office.desk.handled().len() == 5).await;
    assert!(office.desk.handled().is_sorted());
    office.desk.judge(6, Verdict::Permanent);
    app.publish_batch(vec![written(6, 6), written(7, 7)]).await.unwrap();
    letter(&app, LetterStatus::Dead).await;
    let halted = async || app.durable_handlers().get("in_a_row").await.unwrap().unwrap().reason.is_some();
    eventually("the handler has halted", halted).await;
    office.desk.judge(6, None);
    app.durable_handlers().resume("in_a_row", ada()).await.unwrap();
    eventually("it goes on with the same event", async || office.desk.handled().len() == 7).await;
    assert!(office.desk.handled().is_sorted());
    app.shutdown().await.unwrap();
}

async fn an_outage_opens_the_circuit_and_uses_up_no_attempt(office: Office) {
    office.desk.outage(true);
    let app = office.start_for_long(handlers![copy]).await;
    app.publish_batch((1..=200).map(|number| written(number, number)).collect::<Vec<_>>()).await.unwrap();
    eventually("the circuit opens", async || office.desk.calls().len() >= 10).await;
    office.pass_time("the probes fail", || office.desk.calls().len() >= 15).await;
    let written = letters(&app).await.len();
    assert!(written < 20, "no letter for each event of an outage: {written}, calls {:?}", office.desk.calls());
    office.desk.outage(false);
    office.pass_time("all is handled", || office.desk.handled().len() == 200).await;
    eventually("all letters are resolved", async || {
        letters(&app).await.iter().all(|letter| letter.status == LetterStatus::Resolved)
    })
    .await;
    app.shutdown().await.unwrap();
}

async fn an_outage_ends_where_only_letters_are_left_to_try(office: Office) {
    office.desk.outage(true);
    let app = office.start_for_long(handlers![copy]).await;
    app.publish_batch((1..=5).map(|number| written(number, number)).collect::<Vec<_>>()).await.unwrap();
    eventually("each has its letter", async || letters(&app).await.len() == 5).await;
    office.pass_time("the circuit opens", || office.desk.calls().len() >= 10).await;
    office.desk.outage(false);
    office.pass_time("all is handled", || office.desk.handled().len() == 5).await;
    app.shutdown().await.unwrap();
}

async fn keys_of_a_field_wait_for_each_other(office: Office) {
    office.desk.judge(1, Verdict::Fail);
    let app = office.start(handlers![by_number]).await;
    app.publish_batch(vec![written(1, 1), written(2, 1), written(1, 2)]).await.unwrap();
    office.has(1, &[2]).await;
    let waiting = letter(&app, LetterStatus::Retrying).await;
    assert_eq!(waiting.lane.as_ref().unwrap().key.as_deref(), Some("1"));
    office.desk.judge(1, None);
    office.advance(10);
    eventually("both are handled", async || office.desk.handled() == [(1, 2), (1, 1), (2, 1)]).await;
    app.shutdown().await.unwrap();
}
