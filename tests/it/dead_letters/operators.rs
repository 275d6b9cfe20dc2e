//! Redrive, discard, restore, purge; and the audit of it all.

use std::time::Duration;

use events::prelude::*;
use events::store::{LetterQuery, LetterStatus, OperationKind};
use events::{DeadLetterQueue, Retention};

use super::{Bench, SECOND, Step, idle, letter, letter_when, letters, tea};
use crate::support::eventually;

fn ada() -> Audit {
    Audit::by("ada").because("the gateway is back")
}

#[tokio::test]
async fn a_dead_letter_that_is_redriven_has_all_its_attempts_anew() {
    let bench = Bench::new([Step::Permanent, Step::Fail, Step::Fail, Step::Fail, Step::Fail]);
    let app = bench.start().await;
    app.publish(tea()).await.unwrap();
    bench.advance(100);
    let id = letter(&app).await.id;
    assert_eq!(app.dead_letters().redrive(LetterQuery::new().status(LetterStatus::Dead), ada()).await.unwrap(), [id]);
    let second = letter_when(&app, "the second attempt", |letter| letter.attempts == 2).await;
    assert_eq!((second.attempts_in_cycle(), second.next_attempt_at), (1, Some(bench.after_start(110))));
    for (attempt, seconds) in [(3, 10), (4, 20), (5, 40)] {
        bench.advance(seconds);
        letter_when(&app, "one more attempt", |letter| letter.attempts == attempt).await;
    }
    let last = letter(&app).await;
    assert_eq!((last.status, last.attempts_in_cycle()), (LetterStatus::Dead, 4));
    assert!(bench.script.calls.lines()[4].starts_with("attempt 5 "));
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_retrying_letter_that_is_redriven_waits_no_longer() {
    let bench = Bench::new([Step::Fail, Step::Fail]);
    let app = bench.start().await;
    let receipt = app.publish(tea()).await.unwrap();
    app.dead_letters().redrive(LetterQuery::all(), ada()).await.unwrap();
    let letter = letter_when(&app, "the second attempt", |letter| letter.attempts == 2).await;
    assert_eq!(letter.attempts_in_cycle(), 2, "its attempts go on counting");
    app.dead_letters().redrive(LetterQuery::new().event_id(receipt.events()[0].event_id), ada()).await.unwrap();
    assert_eq!(app.settled(&receipt).await.unwrap().resolved, 1);
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn another_process_may_redrive() {
    let bench = Bench::new([Step::Permanent]);
    let app = bench.start().await;
    let receipt = app.publish(tea()).await.unwrap();
    let console = DeadLetterQueue::new(bench.fragile.store().with_clock(std::sync::Arc::new(bench.clock.clone())));
    assert_eq!(console.redrive(LetterQuery::all(), ada()).await.unwrap().len(), 1);
    assert_eq!(app.settled(&receipt).await.unwrap().resolved, 1, "within a second or so");
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_discarded_letter_is_left_alone_until_it_is_restored() {
    let bench = Bench::new([Step::Fail]);
    let app = bench.start().await;
    let receipt = app.publish(tea()).await.unwrap();
    let queue = app.dead_letters();
    queue.discard(LetterQuery::all(), ada()).await.unwrap();
    bench.advance(1_000);
    idle().await;
    let discarded = letter(&app).await;
    assert_eq!((discarded.status, discarded.next_attempt_at), (LetterStatus::Discarded, None));
    assert_eq!((discarded.closed_at, bench.script.calls()), (Some(bench.after_start(0)), 1));
    assert_eq!(app.settled(&receipt).await.unwrap().discarded, 1);
    assert!(queue.redrive(LetterQuery::all(), ada()).await.unwrap().is_empty(), "what is discarded isn't redriven");
    assert_eq!(queue.restore(LetterQuery::all(), ada()).await.unwrap().len(), 1);
    assert_eq!((letter(&app).await.status, letter(&app).await.closed_at), (LetterStatus::Dead, None));
    queue.redrive(LetterQuery::all(), ada()).await.unwrap();
    assert_eq!(app.settled(&receipt).await.unwrap().resolved, 1);
    assert!(queue.restore(LetterQuery::all(), ada()).await.unwrap().is_empty(), "what is resolved isn't restored");
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn operations_are_kept_with_who_when_and_why() {
    let bench = Bench::new([Step::Permanent, Step::Permanent]);
    let app = bench.builder().build().unwrap();
    let (one, two) = (app.publish(tea()).await.unwrap(), app.publish(tea()).await.unwrap());
    let queue = app.dead_letters();
    let ids: Vec<_> = letters(&app).await.iter().map(|letter| letter.id).collect();
    bench.advance(60);
    let only_one = LetterQuery::new().event_id(one.events()[0].event_id);
    queue.discard(only_one.clone(), Audit::by("grace")).await.unwrap();
    queue.redrive(LetterQuery::all().with_limit(1), ada()).await.unwrap();
    queue.discard(only_one, ada()).await.unwrap();
    let kept = queue.operations(10).await.unwrap();
    let rows: Vec<_> = kept.iter().map(|o| (o.action, o.by.as_str(), o.reason.as_str(), o.letters.clone())).collect();
    let expected = [
        (OperationKind::Discard, "ada", "the gateway is back", vec![]),
        (OperationKind::Redrive, "ada", "the gateway is back", vec![ids[1]]),
        (OperationKind::Discard, "grace", "", vec![ids[0]]),
    ];
    assert_eq!(rows, expected);
    assert!(kept.iter().all(|operation| operation.at == bench.after_start(60)));
    assert_eq!(queue.operations(1).await.unwrap().len(), 1);
    assert_eq!(queue.get(ids[1]).await.unwrap().unwrap().event_id, two.events()[0].event_id);
}

#[tokio::test]
async fn only_closed_letters_can_be_purged() {
    let bench = Bench::new([Step::Permanent, Step::Fail, Step::Permanent]);
    let app = bench.builder().build().unwrap();
    let receipt = app.publish(tea()).await.unwrap();
    app.publish(tea()).await.unwrap();
    app.publish(tea()).await.unwrap();
    let queue = app.dead_letters();
    queue.discard(LetterQuery::new().event_id(receipt.events()[0].event_id), ada()).await.unwrap();
    bench.advance(60);
    for status in [LetterStatus::Dead, LetterStatus::Retrying] {
        let error = queue.purge(status, bench.after_start(1_000), ada()).await.unwrap_err();
        assert!(error.is_invalid() && error.to_string().contains("discard them first"), "{error}");
    }
    assert_eq!(
        queue.purge(LetterStatus::Discarded, bench.after_start(0), ada()).await.unwrap(),
        0,
        "not before that time"
    );
    assert_eq!(queue.purge(LetterStatus::Discarded, bench.after_start(1), ada()).await.unwrap(), 1);
    assert_eq!(letters(&app).await.len(), 2);
    let done = queue.operations(2).await.unwrap().into_iter().map(|row| (row.action, row.result.unwrap()));
    let expected = ["1 discarded letter removed", "0 discarded letters removed"];
    assert!(done.eq(expected.map(|result| (OperationKind::Purge, result.to_owned()))));
}

#[tokio::test(start_paused = true)]
async fn closed_letters_go_when_their_time_is_over_and_open_ones_stay() {
    let bench = Bench::new([Step::Fail, Step::Done, Step::Permanent, Step::Permanent]);
    let day = 86_400 * SECOND;
    let retention = Retention::default().with_resolved(day).with_discarded(2 * day);
    let app = bench.builder().retention(retention).start().await.unwrap();
    let resolved = app.publish(tea()).await.unwrap();
    bench.advance(10);
    app.settled(&resolved).await.unwrap();
    let discarded = app.publish(tea()).await.unwrap();
    app.dead_letters().discard(LetterQuery::new().event_id(discarded.events()[0].event_id), ada()).await.unwrap();
    app.publish(tea()).await.unwrap();
    for left in [3, 2, 1, 1] {
        let message = format!("{left} letters are left");
        tokio::time::timeout(Duration::from_secs(30), async {
            while letters(&app).await.len() != left {
                tokio::time::advance(SECOND).await;
            }
        })
        .await
        .expect(&message);
        bench.clock.advance(day + 3_601 * SECOND);
    }
    assert_eq!(letter(&app).await.status, LetterStatus::Dead);
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn letters_are_found_by_what_they_are_about() {
    let bench = Bench::new([Step::Permanent, Step::Fail, Step::Panic]);
    let app = bench.builder().build().unwrap();
    for _ in 0..3 {
        app.publish(tea()).await.unwrap();
    }
    let queue = app.dead_letters();
    let count = async |query: LetterQuery| queue.list(query).await.unwrap().len();
    let all = letters(&app).await;
    assert_eq!(count(LetterQuery::new().class(Class::Panic)).await, 1);
    assert_eq!(count(LetterQuery::new().handler("dl_scripted").event("letters.ordered_once")).await, 3);
    assert_eq!(count(LetterQuery::new().handler("nobody")).await, 0);
    assert_eq!(count(LetterQuery::new().fingerprint(all[1].fingerprint())).await, 1);
    assert_eq!(count(LetterQuery::new().status(LetterStatus::Dead).status(LetterStatus::Retrying)).await, 3);
    assert_eq!(count(LetterQuery::new().id(all[0].id).id(all[2].id)).await, 2);
    assert_eq!(count(LetterQuery::new().after(all[0].id).with_limit(1)).await, 1);
    assert_eq!(queue.list(LetterQuery::new().after(all[1].id)).await.unwrap()[0].id, all[2].id);
}

#[tokio::test]
async fn a_letter_that_is_discarded_during_its_attempt_stays_discarded() {
    let bench = Bench::new([]);
    let gate = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let app = bench.builder().handlers(HandlerRegistry::none()).start().await.unwrap();
    let (opened, calls) = (gate.clone(), bench.script.calls.clone());
    app.subscribe(move |_: std::sync::Arc<super::Ordered>| {
        let (opened, calls) = (opened.clone(), calls.clone());
        async move {
            calls.note("called");
            if calls.lines().len() == 1 {
                return Err("the first time");
            }
            drop(opened.acquire().await);
            calls.note("ended");
            Ok(())
        }
    });
    app.publish(tea()).await.unwrap();
    bench.advance(10);
    eventually("the attempt is under way", || async { bench.script.calls.count("called") == 2 }).await;
    app.dead_letters().discard(LetterQuery::all(), ada()).await.unwrap();
    gate.add_permits(1);
    eventually("the attempt has ended", || async { bench.script.calls.count("ended") == 1 }).await;
    idle().await;
    assert_eq!(letter(&app).await.status, LetterStatus::Discarded);
    app.shutdown().await.unwrap();
}

/// Guards: an operator who had ticked no letter had all of them redriven or discarded.
#[tokio::test]
async fn nothing_is_changed_unless_it_is_said_which() {
    let bench = Bench::new([Step::Permanent]);
    let app = bench.builder().build().unwrap();
    app.publish(tea()).await.unwrap();
    let queue = app.dead_letters();
    for query in [LetterQuery::new().ids([]), LetterQuery::all().event_ids([])] {
        assert!(queue.list(query.clone()).await.unwrap().is_empty());
        assert!(queue.redrive(query.clone(), ada()).await.unwrap().is_empty());
        assert!(queue.discard(query, ada()).await.unwrap().is_empty());
    }
    for query in [LetterQuery::new(), LetterQuery::new().with_limit(1)] {
        let errors = [
            queue.redrive(query.clone(), ada()).await.unwrap_err(),
            queue.discard(query.clone(), ada()).await.unwrap_err(),
            queue.restore(query, ada()).await.unwrap_err(),
        ];
        assert!(errors.iter().all(|error| error.is_invalid() && error.to_string().contains("`LetterQuery::all()`")));
    }
    assert_eq!(letter(&app).await.status, LetterStatus::Dead);
    assert_eq!(queue.discard(LetterQuery::all(), ada()).await.unwrap(), [letter(&app).await.id]);
}

#[tokio::test]
async fn everything_is_settled_when_nothing_is_retrying() {
    let bench = Bench::new([Step::Permanent, Step::Permanent, Step::Fail, Step::Permanent]);
    let app = bench.start().await;
    let discarded = app.publish(tea()).await.unwrap().events()[0].event_id;
    app.dead_letters().discard(LetterQuery::new().event_id(discarded), ada()).await.unwrap();
    let dead = app.publish(tea()).await.unwrap().events()[0].event_id;
    app.publish(tea()).await.unwrap();
    let error = app.all_settled(Duration::ZERO).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    bench.advance(10);
    let settled = app.all_settled(Duration::from_secs(10)).await.unwrap();
    assert_eq!((settled.resolved, settled.discarded, settled.dead.len()), (0, 1, 2));
    assert_eq!(settled.dead[0].event_id, dead);
    app.dead_letters().redrive(LetterQuery::new().event_ids([dead]), ada()).await.unwrap();
    let settled = app.all_settled(Duration::from_secs(10)).await.unwrap();
    assert_eq!((settled.resolved, settled.discarded, settled.dead.len()), (1, 1, 1));
    app.shutdown().await.unwrap();
}
