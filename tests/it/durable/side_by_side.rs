//! What of a lane goes on at the same time, and what doesn't.

use events::prelude::*;

use super::{Desk, Office, Verdict, Written, on_every_store, written};
use crate::support::eventually;

on_every_store![letters_of_a_stream_take_turns, a_slow_letter_holds_up_no_event_of_another_stream];

#[event_handler(durable(from = "start", on_exhausted = "continue"), retry(attempts = 1))]
async fn leave(event: &Written, attempt: Attempt, State(desk): State<&Desk>) -> Result<Outcome, HandlerError> {
    desk.handle(event, attempt).await
}

#[event_handler(durable(from = "start", concurrency = 1), retry(attempts = 1))]
async fn alone(event: &Written, attempt: Attempt, State(desk): State<&Desk>) -> Result<Outcome, HandlerError> {
    desk.handle(event, attempt).await
}

async fn dead_letters(app: &EventDispatcher, count: usize) {
    let dead = LetterQuery::new().status(LetterStatus::Dead);
    eventually("letters are dead", async || app.dead_letters().list(dead.clone()).await.unwrap().len() == count).await;
}

async fn redrive_all(app: &EventDispatcher) {
    let dead = LetterQuery::new().status(LetterStatus::Dead);
    app.dead_letters().redrive(dead, Audit::by("ada")).await.unwrap();
}

/// A handler that goes on past what it has failed on has several open letters of a stream: redriven, they
/// come one after the other, and no event of the stream beside them.
async fn letters_of_a_stream_take_turns(office: Office) {
    (1..=3).for_each(|number| office.desk.judge(number, Verdict::Permanent));
    let app = office.start_for_long(handlers![leave]).await;
    app.publish_batch((1..=3).map(|number| written(1, number)).collect::<Vec<_>>()).await.unwrap();
    dead_letters(&app, 3).await;
    (1..=3).for_each(|number| office.desk.judge(number, None));
    office.desk.gate();
    redrive_all(&app).await;
    eventually("the first is under way", async || office.desk.under_way() == 1).await;
    app.publish(written(1, 4)).await.unwrap();
    app.publish(written(2, 5)).await.unwrap();
    eventually("an event of another stream too", async || office.desk.under_way() == 2).await;
    office.desk.let_through(5);
    eventually("all are handled", async || office.desk.handled().len() == 5).await;
    let redriven: Vec<_> = office.desk.numbers(1).into_iter().filter(|number| *number < 4).collect();
    assert_eq!(redriven, [1, 2, 3]);
    assert_eq!(office.desk.calls().len(), 3 + 5, "none was in another's way");
    app.shutdown().await.unwrap();
}

async fn a_slow_letter_holds_up_no_event_of_another_stream(office: Office) {
    office.desk.judge(1, Verdict::Permanent);
    let app = office.start_for_long(handlers![alone]).await;
    app.publish(written(1, 1)).await.unwrap();
    dead_letters(&app, 1).await;
    office.desk.judge(1, None);
    office.desk.gate();
    redrive_all(&app).await;
    eventually("the letter is tried", async || office.desk.under_way() == 1).await;
    app.publish(written(2, 2)).await.unwrap();
    eventually("the event is handled meanwhile", async || office.desk.under_way() == 2).await;
    office.desk.let_through(2);
    office.has(1, &[1]).await;
    office.has(2, &[2]).await;
    app.shutdown().await.unwrap();
}
