//! Letters outlive the dispatcher that wrote them, and belong to one dispatcher at a time.

use std::sync::Arc;

use events::prelude::*;
use events::store::{LetterQuery, LetterStatus};
use tokio::sync::Semaphore;

use super::{Bench, Ordered, SECOND, Step, idle, letter, letter_when, letters, tea};
use crate::support::{Journal, eventually};

#[tokio::test]
async fn attempts_survive_a_restart() {
    let bench = Bench::new([Step::Fail; 9]);
    for (attempt, seconds) in [(2, 10), (3, 20), (4, 40)] {
        let app = bench.start().await;
        if attempt == 2 {
            app.publish(tea()).await.unwrap();
        }
        bench.advance(seconds);
        letter_when(&app, "one more attempt", |letter| letter.attempts == attempt).await;
        app.shutdown().await.unwrap();
    }
    let app = bench.builder().build().unwrap();
    let letter = letter(&app).await;
    assert_eq!((letter.status, letter.attempts), (LetterStatus::Dead, 4));
    assert!(bench.script.calls.lines()[3].starts_with("attempt 4 "));
}

#[tokio::test(start_paused = true)]
async fn a_dispatcher_that_was_only_built_retries_nothing() {
    let bench = Bench::new([Step::Fail]);
    let app = bench.builder().build().unwrap();
    let receipt = app.publish(tea()).await.unwrap();
    bench.advance(1_000);
    let error = app.settled(&receipt).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(error.to_string().contains("`dl_scripted`") && error.to_string().contains("only a started dispatcher"));
    assert_eq!((letter(&app).await.attempts, bench.script.calls()), (1, 1));
    let started = bench.start().await;
    assert_eq!(app.settled(&receipt).await.unwrap().resolved, 1);
    started.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_dispatcher_that_was_shut_down_or_dropped_retries_nothing() {
    let bench = Bench::new([Step::Fail]);
    let (stopped, dropped) = (bench.start().await, bench.start().await);
    stopped.publish(tea()).await.unwrap();
    stopped.shutdown().await.unwrap();
    drop(dropped);
    idle().await;
    bench.advance(1_000);
    idle().await;
    assert_eq!((letter(&stopped).await.attempts, bench.script.calls()), (1, 1));
}

#[tokio::test]
async fn two_started_dispatchers_call_a_handler_once_per_letter() {
    let bench = Bench::new([Step::Fail; 100]);
    let (one, two) = (bench.start().await, bench.start().await);
    for number in 0..100 {
        let app = if number % 2 == 0 { &one } else { &two };
        app.publish(Ordered { what: number.to_string(), count: 0 }).await.unwrap();
    }
    let noticed = |app: &EventDispatcher| app.stats().retries;
    bench.advance(10);
    let retrying = LetterQuery::new().status(LetterStatus::Retrying);
    eventually("all are resolved", || async { one.dead_letters().list(retrying.clone()).await.unwrap().is_empty() })
        .await;
    assert_eq!((noticed(&one) + noticed(&two), bench.script.calls()), (100, 200));
    assert!(letters(&one).await.iter().all(|letter| (letter.status, letter.attempts) == (LetterStatus::Resolved, 1)));
    one.shutdown().await.unwrap();
    two.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_letter_under_way_is_nobody_else_s_until_its_lease_ends() {
    let bench = Bench::new([]);
    let (gate, journal) = (Arc::new(Semaphore::new(0)), Journal::default());
    let registry = || HandlerRegistry::only(handlers![dl_gated]);
    let start = || bench.builder().handlers(registry()).state(Arc::clone(&gate)).state(journal.clone()).start();
    let (one, two) = (start().await.unwrap(), start().await.unwrap());
    let receipt = one.publish(tea()).await.unwrap();
    bench.advance(10);
    eventually("the retry waits", || async { journal.count("waits") == 1 }).await;
    bench.advance(30);
    idle().await;
    assert_eq!(journal.count("waits"), 1, "the other one leaves it alone");
    gate.add_permits(1);
    assert_eq!(two.settled(&receipt).await.unwrap().resolved, 1);
    assert_eq!(journal.count("waits"), 1);
    one.shutdown().await.unwrap();
    two.shutdown().await.unwrap();
}

#[event_handler(timeout = "1h")]
async fn dl_gated(
    _: &Ordered,
    State(gate): State<&Arc<Semaphore>>,
    State(journal): State<&Journal>,
    attempt: Attempt,
) -> Result<(), &'static str> {
    if attempt.is_first() {
        return Err("not yet");
    }
    journal.note("waits");
    gate.acquire().await.map_err(|_| "closed")?.forget();
    Ok(())
}

/// Guards: a slow handler kept all other letters of the process waiting until it had ended.
#[tokio::test]
async fn a_slow_attempt_delays_no_other_letter() {
    let bench = Bench::new([Step::Fail, Step::Fail]);
    let (gate, journal) = (Arc::new(Semaphore::new(0)), Journal::default());
    let registry = HandlerRegistry::only(handlers![dl_gated, super::dl_scripted]);
    let builder = bench.builder().handlers(registry).state(Arc::clone(&gate)).state(journal.clone());
    let app = builder.start().await.unwrap();
    let receipt = app.publish(tea()).await.unwrap();
    bench.advance(10);
    eventually("the slow one is under way", || async { journal.count("waits") == 1 }).await;
    eventually("the other one's second attempt", || async { bench.script.calls() == 2 }).await;
    bench.advance(20);
    let resolved = LetterQuery::new().handler("dl_scripted").status(LetterStatus::Resolved);
    eventually("the other one is resolved", || async {
        app.dead_letters().list(resolved.clone()).await.unwrap().len() == 1
    })
    .await;
    assert_eq!((bench.script.calls(), journal.count("waits")), (3, 1));
    gate.add_permits(1);
    assert_eq!(app.settled(&receipt).await.unwrap().resolved, 2);
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_letter_of_a_process_that_died_is_taken_over_when_its_lease_ends() {
    let bench = Bench::new([]);
    let (gate, journal) = (Arc::new(Semaphore::new(0)), Journal::default());
    let registry = || HandlerRegistry::only(handlers![dl_gated]);
    let start = || bench.builder().handlers(registry()).state(Arc::clone(&gate)).state(journal.clone()).start();
    let dying = start().await.unwrap();
    dying.publish(tea()).await.unwrap();
    bench.advance(10);
    eventually("the retry waits", || async { journal.count("waits") == 1 }).await;
    let report = dying.shutdown_within(std::time::Duration::ZERO).await.unwrap();
    assert!(report.retry_given_up && report.letters_retrying == 1, "{report:?}");
    let heir = start().await.unwrap();
    gate.add_permits(1);
    idle().await;
    assert_eq!((journal.count("waits"), letter(&heir).await.attempts), (1, 1));
    bench.clock.advance(3 * 3_600 * SECOND);
    let letter = letter_when(&heir, "the heir's attempt", |letter| letter.status == LetterStatus::Resolved).await;
    assert_eq!((letter.attempts, journal.count("waits")), (1, 2), "the attempt that was cut off uses up none");
    heir.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_process_without_the_handler_leaves_its_letters_alone() {
    let bench = Bench::new([Step::Fail]);
    let worker = bench.builder().build().unwrap();
    worker.publish(tea()).await.unwrap();
    let web = bench.builder().handlers(HandlerRegistry::none()).start().await.unwrap();
    bench.advance(1_000);
    idle().await;
    let letter = letter(&web).await;
    assert_eq!((letter.attempts, letter.next_attempt_at), (1, Some(bench.after_start(10))));
    web.shutdown().await.unwrap();
}

/// Guards: letters that couldn't be cleaned away kept all others from being retried.
#[tokio::test]
async fn a_store_that_can_not_clean_can_retry_all_the_same() {
    let bench = Bench::new([Step::Fail]);
    bench.fragile.fail_purges(true);
    let app = bench.start().await;
    let receipt = app.publish(tea()).await.unwrap();
    bench.advance(10);
    let limit = std::time::Duration::from_secs(5);
    assert_eq!(app.settled_within(&receipt, limit).await.unwrap().resolved, 1);
    app.shutdown().await.unwrap();
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn letters_survive_in_a_file_that_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.db");
    let bench = Bench::new([Step::Fail, Step::Fail]);
    let store = EventStore::sqlite(&path).await.unwrap();
    let app = bench.builder().store(store.clone()).start().await.unwrap();
    let receipt = app.publish(tea()).await.unwrap();
    bench.advance(10);
    let before = letter_when(&app, "the second attempt", |letter| letter.attempts == 2).await;
    let attempts = app.dead_letters().attempts(before.id).await.unwrap();
    app.shutdown().await.unwrap();
    drop(app);
    store.close().await.unwrap();

    let store = EventStore::sqlite(&path).await.unwrap();
    let queue = DeadLetterQueue::new(store.clone());
    assert_eq!(queue.list(LetterQuery::new()).await.unwrap(), std::slice::from_ref(&before));
    assert_eq!(queue.attempts(before.id).await.unwrap(), attempts);
    let app = bench.builder().store(store.clone()).start().await.unwrap();
    idle().await;
    assert_eq!((bench.script.calls(), attempts.len()), (2, 2), "it isn't due yet");
    bench.advance(20);
    assert_eq!(app.settled(&receipt).await.unwrap().resolved, 1);
    let after = letter(&app).await;
    assert_eq!((after.id, after.status, after.attempts), (before.id, LetterStatus::Resolved, 2));
    assert_eq!(queue.attempts(after.id).await.unwrap(), attempts);
    assert!(bench.script.calls.lines()[2].starts_with("attempt 3 at 2 tea"), "{:?}", bench.script.calls.lines());
    app.shutdown().await.unwrap();
    store.close().await.unwrap();
}
