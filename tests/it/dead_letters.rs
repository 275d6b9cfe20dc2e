//! Handlers that fail: letters, retries, and what operators do about them.

mod operators;
mod outcomes;
mod policies;
mod processes;
mod replay;
mod unreadable;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use events::clock::Clock;
use events::prelude::*;
use events::store::{FailedEvent, LetterQuery, LetterStatus};
use events::testing::ManualClock;
use events::{Disposition, dispatcher::EventDispatcherBuilder};
use serde::{Deserialize, Serialize};

use crate::support::{Fragile, Journal, eventually};

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "letters.ordered_once", no_stream)]
struct OrderedV1 {
    what: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "letters.ordered_once", version = 2, previous = OrderedV1, no_stream)]
struct Ordered {
    what: String,
    count: u32,
}

impl From<OrderedV1> for Ordered {
    fn from(old: OrderedV1) -> Self {
        Self { what: old.what, count: 1 }
    }
}

fn tea() -> Ordered {
    Ordered { what: "tea".to_owned(), count: 2 }
}

/// The package's version and the program's own tag.
const BUILD: &str = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"), " (build 7)");

/// What a handler does, call by call; it succeeds when nothing is left.
#[derive(Clone, Default)]
struct Script {
    steps: Arc<Mutex<VecDeque<Step>>>,
    calls: Journal,
}

#[derive(Clone, Copy)]
enum Step {
    Fail,
    Permanent,
    Panic,
    RetryAfter(Duration),
    Snooze(Duration),
    Dead,
    Done,
}

impl Script {
    fn of(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: Arc::new(Mutex::new(steps.into_iter().collect())), calls: Journal::default() }
    }

    fn play(&self, event: &Ordered, attempt: Attempt, key: &IdempotencyKey) -> Result<Outcome, HandlerError> {
        let step = self.steps.lock().unwrap().pop_front().unwrap_or(Step::Done);
        self.calls.note(format!("attempt {} at {} {}, {key}", attempt.number(), event.count, event.what));
        match step {
            Step::Fail => Err(HandlerError::transient(std::io::Error::other("the gateway is busy"))),
            Step::Permanent => Err(HandlerError::permanent("no such thing")),
            Step::Panic => panic!("out of tea"),
            Step::RetryAfter(delay) => Ok(Outcome::Retry { after: Some(delay) }),
            Step::Snooze(delay) => Ok(Outcome::Snooze(delay)),
            Step::Dead => Ok(Outcome::Dead { reason: "never mind".to_owned() }),
            Step::Done => Ok(Outcome::Done),
        }
    }

    fn calls(&self) -> usize {
        self.calls.lines().len()
    }
}

#[event_handler]
fn dl_scripted(
    event: &Ordered,
    State(script): State<&Script>,
    attempt: Attempt,
    key: IdempotencyKey,
) -> Result<Outcome, HandlerError> {
    script.play(event, attempt, &key)
}

const SECOND: Duration = Duration::from_secs(1);

/// Attempts at 0, 10, 30 and 70 seconds.
fn policy() -> RetryPolicy {
    RetryPolicy::new(4).with_initial_delay(10 * SECOND).with_max_delay(1_000 * SECOND).with_jitter(0.0)
}

/// A store, a clock and a scripted handler, for any number of dispatchers.
struct Bench {
    fragile: Fragile,
    clock: ManualClock,
    script: Script,
}

impl Bench {
    fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { fragile: Fragile::new(), clock: ManualClock::default(), script: Script::of(steps) }
    }

    fn builder(&self) -> EventDispatcherBuilder {
        EventDispatcher::builder()
            .store(self.fragile.store())
            .clock(Arc::new(self.clock.clone()))
            .handlers(HandlerRegistry::only(handlers![dl_scripted]))
            .state(self.script.clone())
            .retry(policy())
            .build_tag("build 7")
    }

    async fn start(&self) -> EventDispatcher {
        self.builder().start().await.unwrap()
    }

    fn advance(&self, seconds: u32) {
        self.clock.advance(SECOND * seconds);
    }

    fn after_start(&self, seconds: i64) -> DateTime<Utc> {
        ManualClock::default().now() + TimeDelta::seconds(seconds)
    }
}

async fn letters(app: &EventDispatcher) -> Vec<FailedEvent> {
    app.dead_letters().list(LetterQuery::new()).await.unwrap()
}

/// The only letter.
async fn letter(app: &EventDispatcher) -> FailedEvent {
    let letters = letters(app).await;
    assert_eq!(letters.len(), 1, "{letters:?}");
    letters[0].clone()
}

/// Waits until the only letter is as it should be.
async fn letter_when(app: &EventDispatcher, what: &str, wanted: impl Fn(&FailedEvent) -> bool) -> FailedEvent {
    eventually(what, || async { letters(app).await.iter().any(&wanted) }).await;
    letter(app).await
}

/// Lets the background work do whatever it would do now.
async fn idle() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_failed_handler_is_called_again_until_it_succeeds() {
    let bench = Bench::new([Step::Fail, Step::Fail]);
    let app = bench.start().await;
    let receipt = app.with(Context::actor("ada")).publish(tea()).await.unwrap();
    assert_eq!(receipt.failures()[0].disposition(), Disposition::Retrying);
    let first = letter(&app).await;
    assert_eq!(
        (first.status, first.attempts, first.next_attempt_at),
        (LetterStatus::Retrying, 1, Some(bench.after_start(10)))
    );
    idle().await;
    bench.clock.advance(10 * SECOND - Duration::from_micros(1));
    idle().await;
    assert_eq!(bench.script.calls(), 1, "not a microsecond too early");
    bench.clock.advance(Duration::from_micros(1));
    let second = letter_when(&app, "the second attempt", |letter| letter.attempts == 2).await;
    assert_eq!(second.next_attempt_at, Some(bench.after_start(30)));
    bench.advance(20);
    let settled = app.settled(&receipt).await.unwrap();
    assert_eq!((settled.resolved, settled.dead.len(), settled.discarded), (1, 0, 0));
    let last = letter(&app).await;
    assert_eq!((last.status, last.attempts, last.closed_at), (LetterStatus::Resolved, 2, Some(bench.after_start(30))));
    assert_eq!((last.first_failed_at, last.last_failed_at), (bench.after_start(0), bench.after_start(10)));
    let key = format!("dl_scripted:{}", receipt.events()[0].event_id);
    let calls: Vec<_> = (1..=3).map(|attempt| format!("attempt {attempt} at 2 tea, {key}")).collect();
    assert_eq!(bench.script.calls.lines(), calls);
    let stats = app.stats();
    let handler = stats.handlers[&"dl_scripted".into()];
    assert_eq!((stats.retries, handler.handled, handler.failed), (2, 1, 2));
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_letter_tells_the_whole_story() {
    let bench = Bench::new([Step::Fail, Step::Panic, Step::Dead]);
    let app = bench.start().await;
    let receipt = app.publish(tea()).await.unwrap();
    bench.advance(10);
    letter_when(&app, "the second attempt", |letter| letter.attempts == 2).await;
    bench.advance(20);
    let letter = letter_when(&app, "the third attempt", |letter| letter.attempts == 3).await;
    let event = &receipt.events()[0];
    assert_eq!((letter.status, letter.class, letter.build.as_str()), (LetterStatus::Dead, Class::Permanent, BUILD));
    assert_eq!((letter.event_id, letter.position), (event.event_id, event.recording.position));
    assert_eq!((&letter.stream, letter.event.as_str()), (&event.stream, "letters.ordered_once"));
    assert_eq!((letter.schema_version.value(), letter.next_attempt_at, letter.closed_at), (2, None, None));
    assert_eq!(letter.correlation_id, event.event_id.into());
    let attempts = app.dead_letters().attempts(letter.id).await.unwrap();
    let story: Vec<_> =
        attempts.iter().map(|a| (a.number, a.attempt.class, a.attempt.error.to_string(), a.attempt.at)).collect();
    let expected = [
        (1, Class::Transient, "the gateway is busy".to_owned(), bench.after_start(0)),
        (2, Class::Panic, "the handler panicked: out of tea".to_owned(), bench.after_start(10)),
        (3, Class::Permanent, "the handler gave up: never mind".to_owned(), bench.after_start(30)),
    ];
    assert_eq!(story, expected);
    assert!(attempts[0].attempt.error.type_name().ends_with("io::error::Error"), "{:?}", attempts[0].attempt.error);
    assert_ne!(attempts[0].attempt.fingerprint, attempts[1].attempt.fingerprint);
    assert_eq!(app.dead_letters().event(&letter).await.unwrap().decode::<Ordered>().unwrap().what, "tea");
    assert!(!format!("{letter:?}").contains("tea at"), "no payload");
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_permanent_failure_is_dead_at_once() {
    for step in [Step::Permanent, Step::Dead] {
        let bench = Bench::new([step]);
        let app = bench.start().await;
        let receipt = app.publish(tea()).await.unwrap();
        assert_eq!(receipt.failures()[0].disposition(), Disposition::Dead);
        bench.advance(1_000_000);
        idle().await;
        let letter = letter(&app).await;
        assert_eq!((letter.status, letter.attempts, letter.next_attempt_at), (LetterStatus::Dead, 1, None));
        assert_eq!((bench.script.calls(), app.settled(&receipt).await.unwrap().dead.len()), (1, 1));
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn a_letter_is_dead_when_its_attempts_are_used_up() {
    let bench = Bench::new([Step::Fail; 9]);
    let app = bench.start().await;
    let receipt = app.publish(tea()).await.unwrap();
    for (attempt, at, next) in [(2, 10, Some(30)), (3, 20, Some(70)), (4, 40, None)] {
        bench.advance(at);
        let letter = letter_when(&app, "one more attempt", |letter| letter.attempts == attempt).await;
        assert_eq!(letter.next_attempt_at, next.map(|next| bench.after_start(next)));
    }
    bench.advance(1_000_000);
    idle().await;
    assert_eq!((letter(&app).await.status, bench.script.calls()), (LetterStatus::Dead, 4));
    assert_eq!(app.settled(&receipt).await.unwrap().dead[0].attempts, 4);
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn each_handler_that_fails_has_its_own_letter() {
    let bench = Bench::new([Step::Fail]);
    let app = bench.start().await;
    app.subscribe(|_: &Ordered| Err::<(), _>("not me either"));
    let (one, two) = (app.publish(tea()).await.unwrap(), app.publish(tea()).await.unwrap());
    assert_eq!((one.failures().len(), two.failures().len()), (2, 1));
    let stats = app.dead_letters().stats().await.unwrap();
    assert_eq!(stats.by_status[&LetterStatus::Retrying], 3);
    assert_eq!(stats.by_handler[&"dl_scripted".into()][&LetterStatus::Retrying], 1);
    assert_eq!((stats.by_handler.len(), stats.oldest_open), (2, Some(bench.after_start(0))));
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_letter_that_can_not_be_written_is_said_to_be_unrecorded() {
    let bench = Bench::new([Step::Fail, Step::Permanent]);
    let app = bench.start().await;
    bench.fragile.fail_letters(true);
    for _ in 0..2 {
        let receipt = app.publish(tea()).await.unwrap();
        assert_eq!((receipt.events().len(), receipt.failures()[0].disposition()), (1, Disposition::Unrecorded));
    }
    bench.fragile.fail_letters(false);
    assert!(letters(&app).await.is_empty());
    assert_eq!(app.publish(tea()).await.unwrap().delivery().handled(), 1);
    app.shutdown().await.unwrap();
}
