//! Handlers that say themselves when they are called again.

use std::time::Duration;

use events::prelude::*;
use events::store::{FailedEvent, LetterStatus};

use super::{Bench, Ordered, letters, tea};
use crate::support::eventually;

#[event_handler]
fn dl_as_told(_: &Ordered) -> Result<(), &'static str> {
    Err("the gateway is busy")
}

#[event_handler(retry(attempts = 2, initial_delay = "3s", jitter = 0))]
fn dl_of_its_own(_: &Ordered) -> Result<(), &'static str> {
    Err("the gateway is busy")
}

#[event_handler(retry(attempts = 1))]
fn dl_only_once(_: &Ordered) -> Result<(), &'static str> {
    Err("the gateway is busy")
}

/// What became of a handler's only letter, and when it is called again, in seconds after the start.
async fn fate(app: &EventDispatcher, bench: &Bench, handler: &str) -> (LetterStatus, u32, Option<i64>) {
    let letters = letters(app).await;
    let letter: &FailedEvent = letters.iter().find(|letter| letter.handler == handler).unwrap();
    let seconds = letter.next_attempt_at.map(|at| (at - bench.after_start(0)).num_seconds());
    (letter.status, letter.attempts, seconds)
}

#[tokio::test]
async fn a_handler_s_own_policy_comes_before_the_dispatcher_s() {
    let bench = Bench::new([]);
    let handlers = HandlerRegistry::only(handlers![dl_as_told, dl_of_its_own, dl_only_once]);
    let app = bench.builder().handlers(handlers).start().await.unwrap();
    app.publish(tea()).await.unwrap();
    assert_eq!(fate(&app, &bench, "dl_as_told").await, (LetterStatus::Retrying, 1, Some(10)));
    assert_eq!(fate(&app, &bench, "dl_of_its_own").await, (LetterStatus::Retrying, 1, Some(3)));
    assert_eq!(fate(&app, &bench, "dl_only_once").await, (LetterStatus::Dead, 1, None));
    bench.clock.advance(Duration::from_secs(10));
    eventually("the second attempts", || async {
        letters(&app).await.iter().filter(|letter| letter.attempts == 2).count() == 2
    })
    .await;
    assert_eq!(fate(&app, &bench, "dl_as_told").await, (LetterStatus::Retrying, 2, Some(30)));
    assert_eq!(fate(&app, &bench, "dl_of_its_own").await, (LetterStatus::Dead, 2, None), "its attempts are used up");
    app.shutdown().await.unwrap();
}
