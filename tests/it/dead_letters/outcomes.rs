//! What a handler may ask for instead of failing, and what it may do when it is called again.

use std::sync::Arc;
use std::time::Duration;

use events::prelude::*;
use events::store::{EventFilter, LetterQuery, LetterStatus};
use events::{Disposition, RecordedEvent};

use super::{Bench, Ordered, OrderedV1, SECOND, Step, idle, letter, letter_when, letters, policy, tea};
use crate::support::Journal;

#[tokio::test]
async fn a_snooze_uses_up_no_attempt() {
    let bench = Bench::new([Step::Snooze(5 * SECOND); 20]);
    let app = bench.start().await;
    let receipt = app.publish(tea()).await.unwrap();
    assert_eq!(receipt.failures()[0].disposition(), Disposition::Retrying);
    assert_eq!(receipt.failures()[0].snooze(), Some(5 * SECOND));
    for round in 0..20 {
        let due = bench.after_start(5 * (round + 1));
        let letter = letter_when(&app, "the next snooze", |letter| letter.next_attempt_at == Some(due)).await;
        assert_eq!((letter.status, letter.attempts), (LetterStatus::Retrying, 0));
        bench.advance(5);
    }
    assert_eq!(app.settled(&receipt).await.unwrap().resolved, 1);
    let letter = letter(&app).await;
    assert_eq!((bench.script.calls(), app.dead_letters().attempts(letter.id).await.unwrap().len()), (21, 0));
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_snooze_between_failures_leaves_their_count_alone() {
    let steps = [Step::Fail, Step::Snooze(SECOND), Step::Fail, Step::Snooze(SECOND), Step::Fail, Step::Fail];
    let bench = Bench::new(steps);
    let app = bench.start().await;
    app.publish(tea()).await.unwrap();
    for (calls, seconds) in [(2, 10), (3, 1), (4, 20), (5, 1), (6, 40)] {
        bench.advance(seconds);
        letter_when(&app, "one more call", |_| bench.script.calls() == calls).await;
        idle().await;
    }
    let letter = letter(&app).await;
    assert_eq!((letter.status, letter.attempts), (LetterStatus::Dead, 4));
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_snooze_may_be_longer_than_time_itself() {
    let bench = Bench::new([Step::Snooze(Duration::MAX)]);
    let app = bench.start().await;
    app.publish(tea()).await.unwrap();
    bench.advance(u32::MAX);
    idle().await;
    assert_eq!((letter(&app).await.status, bench.script.calls()), (LetterStatus::Retrying, 1));
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_retry_counts_and_comes_no_earlier_than_asked() {
    let bench = Bench::new([Step::RetryAfter(SECOND), Step::RetryAfter(500 * SECOND), Step::Fail, Step::Fail]);
    let app = bench.start().await;
    app.publish(tea()).await.unwrap();
    assert_eq!(letter(&app).await.next_attempt_at, Some(bench.after_start(10)), "the policy's delay is longer");
    bench.advance(10);
    let second = letter_when(&app, "the second attempt", |letter| letter.attempts == 2).await;
    assert_eq!(second.next_attempt_at, Some(bench.after_start(510)), "the handler's delay is longer");
    bench.advance(500);
    letter_when(&app, "the third attempt", |letter| letter.attempts == 3).await;
    bench.advance(40);
    let last = letter_when(&app, "the last attempt", |letter| letter.attempts == 4).await;
    assert_eq!(last.status, LetterStatus::Dead);
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_retry_that_is_asked_for_is_not_granted_beyond_the_last() {
    let bench = Bench::new([Step::RetryAfter(SECOND)]);
    let app = bench.builder().retry(RetryPolicy::never()).start().await.unwrap();
    let receipt = app.publish(tea()).await.unwrap();
    assert_eq!(receipt.failures()[0].disposition(), Disposition::Dead);
    app.shutdown().await.unwrap();
}

#[event_handler(timeout = "1s")]
async fn dl_slow(_: &Ordered, State(journal): State<&Journal>) {
    journal.note("slow");
    if journal.lines().len() < 3 {
        std::future::pending::<()>().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_has_the_handler_s_time_limit() {
    let (bench, journal) = (Bench::new([]), Journal::default());
    let registry = HandlerRegistry::only(handlers![dl_slow]);
    let app = bench.builder().handlers(registry).state(journal.clone()).start().await.unwrap();
    let receipt = app.publish(tea()).await.unwrap();
    bench.advance(10);
    while letter(&app).await.attempts < 2 {
        tokio::time::advance(SECOND).await;
    }
    assert_eq!(letter(&app).await.class, Class::Timeout);
    bench.advance(20);
    assert_eq!(app.settled(&receipt).await.unwrap().resolved, 1);
    app.shutdown().await.unwrap();
}

#[event_handler(events(Ordered))]
async fn dl_follows(event: &RecordedEvent, app: &EventDispatcher, attempt: Attempt) -> Result<(), anyhow::Error> {
    let event = event.decode::<Ordered>()?;
    anyhow::ensure!(event.what != "tea" || !attempt.is_first(), "not at the first time");
    if event.what == "tea" {
        app.publish(Ordered { what: "published".to_owned(), count: 0 }).await?;
        app.emit(Ordered { what: "emitted".to_owned(), count: 0 })?;
    }
    Ok(())
}

#[tokio::test]
async fn what_a_retry_publishes_has_the_letter_s_event_as_its_cause() {
    let bench = Bench::new([]);
    let app = bench.builder().handlers(HandlerRegistry::only(handlers![dl_follows])).start().await.unwrap();
    let receipt = app.with(Context::actor("ada")).publish(tea()).await.unwrap();
    bench.advance(10);
    assert_eq!(app.settled(&receipt).await.unwrap().resolved, 1);
    let caused = EventFilter::new().causation_id(receipt.events()[0].event_id);
    assert_eq!(app.store().count(caused).await.unwrap(), 2);
    let log = app.store().read_log(Default::default()).await.unwrap().into_events();
    assert!(log.iter().all(|event| event.metadata().actor() == Some(&"ada".into())));
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn an_event_of_an_old_version_is_retried_in_the_newest() {
    let bench = Bench::new([]);
    super::unreadable::record(&bench, &OrderedV1 { what: "coffee".to_owned() }, "letters.ordered_once", 1).await;
    let app = bench.start().await;
    bench.advance(10);
    let letter = letter_when(&app, "the retry", |letter| letter.status == LetterStatus::Resolved).await;
    assert_eq!(letter.schema_version.value(), 1);
    assert!(bench.script.calls.lines()[0].starts_with("attempt 2 at 1 coffee"), "{:?}", bench.script.calls.lines());
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn an_unsubscribed_handler_s_letter_waits_for_it() {
    let bench = Bench::new([]);
    let app = bench.start().await;
    let script = super::Script::of([Step::Fail]);
    let subscribe = || {
        let script = script.clone();
        app.subscribe(move |_: Arc<Ordered>| {
            let (script, steps) = (script.clone(), script.steps.lock().unwrap().pop_front());
            async move {
                script.calls.note("called");
                if steps.is_some() { Err("busy") } else { Ok(()) }
            }
        })
    };
    let subscription = subscribe();
    let receipt = app.publish(tea()).await.unwrap();
    assert_eq!(receipt.failures()[0].handler(), subscription.name());
    subscription.unsubscribe();
    bench.advance(1_000);
    idle().await;
    assert_eq!((letter(&app).await.status, letter(&app).await.attempts), (LetterStatus::Retrying, 1));
    let again = subscribe();
    assert_eq!(again.name(), &letter(&app).await.handler);
    app.publish(tea()).await.unwrap();
    bench.advance(30);
    app.dead_letters().redrive(LetterQuery::all(), Audit::by("a test")).await.unwrap();
    assert_eq!(app.settled(&receipt).await.unwrap().resolved, 1);
    assert_eq!((script.calls(), letters(&app).await.len()), (3, 1));
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_sync_and_an_async_handler_are_retried_side_by_side() {
    let bench = Bench::new([Step::Fail]);
    let app = bench.builder().retry(policy().with_initial_delay(Duration::ZERO)).start().await.unwrap();
    let journal = Journal::default();
    let noted = journal.clone();
    app.subscribe(move |_: Arc<Ordered>| {
        let noted = noted.clone();
        async move {
            noted.note("called");
            tokio::task::yield_now().await;
            if noted.lines().len() < 3 { Err("busy") } else { Ok(()) }
        }
    });
    let receipt = app.publish(tea()).await.unwrap();
    assert_eq!(app.settled(&receipt).await.unwrap().resolved, 2, "without any delay");
    assert_eq!((bench.script.calls(), journal.count("called")), (2, 3));
    app.shutdown().await.unwrap();
}
