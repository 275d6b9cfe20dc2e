//! What an operator sees of durable handlers and their letters.

use events::Position;
use events::dead_letter::ExportedLetter;
use events::delivery::CheckFinding;
use events::prelude::*;
use events::store::{EventFilter, HandlerState, LetterId};

use super::{Closed, Office, Verdict, Written, copy, on_every_store, written};
use crate::support::eventually;

on_every_store![
    a_check_tells_what_has_become_of_each_event,
    a_check_finds_nothing_wrong_while_the_handler_runs,
    a_check_says_why_a_handler_does_not_run,
    groups_have_what_fails_in_one_way,
    an_exported_letter_has_what_it_takes_to_try_it_again,
];

fn ada() -> Audit {
    Audit::by("ada").because("because")
}

/// Book 1 waits behind its second number, book 2 behind its first.
async fn two_wait(office: &Office) -> EventDispatcher {
    office.desk.judge(2, Verdict::Permanent);
    office.desk.judge(5, Verdict::Permanent);
    let app = office.start_for_long(handlers![copy]).await;
    let one = app.publish_batch(vec![written(1, 1), written(1, 2), written(1, 3), written(1, 4)]).await.unwrap();
    let two = app.publish_batch((written(2, 5), Closed { book: 2 }, written(3, 6))).await.unwrap();
    app.settled(&one).await.unwrap();
    app.settled(&two).await.unwrap();
    app
}

async fn a_check_tells_what_has_become_of_each_event(office: Office) {
    let app = two_wait(&office).await;
    let ids: Vec<_> = app.dead_letters().list(LetterQuery::new()).await.unwrap().iter().map(|one| one.id).collect();
    app.shutdown().await.unwrap();
    let handlers = events::DurableHandlers::new(office.store.clone());
    let check = handlers.check("copy", EventFilter::new()).await.unwrap();
    assert!(check.is_sound(), "{:?}", check.findings);
    assert_eq!(check.findings, [CheckFinding::Detached], "its process has ended");
    assert_eq!((check.checkpoint, check.from), (check.log_end, Position::START));
    let counts = check.events;
    assert_eq!((counts.total(), counts.passed, counts.dead, counts.waiting), (7, 2, 2, 3));
    let own = EventFilter::new().name(Written::DESCRIPTOR.name());
    let counts = handlers.check("copy", own).await.unwrap().events;
    assert_eq!((counts.total(), counts.passed, counts.dead, counts.waiting), (6, 2, 2, 2));

    let letters = DeadLetterQueue::new(office.store.clone());
    letters.discard(LetterQuery::new().id(ids[0]), ada()).await.unwrap();
    let check = handlers.check("copy", EventFilter::new()).await.unwrap();
    let key = format!("durable.book/{}", 1);
    assert!(check.findings.contains(&CheckFinding::MarkerWithoutLetter { key, from: Position::new(3) }));
    assert_eq!((check.events.discarded, check.events.dead, check.is_sound()), (1, 1, true));

    office.desk.judge(5, None);
    let app = office.start_for_long(handlers![copy]).await;
    letters.redrive(LetterQuery::new().id(ids[1]), ada()).await.unwrap();
    office.has(1, &[1, 3, 4]).await;
    office.has(2, &[5]).await;
    app.all_settled(std::time::Duration::from_secs(60)).await.unwrap();
    // A lane that is told to stop leaves it to the next owner to let go of keys.
    eventually("nothing is parked", async || handlers.parked("copy").await.unwrap().is_empty()).await;
    app.shutdown().await.unwrap();
    let counts = handlers.check("copy", EventFilter::new()).await.unwrap().events;
    assert_eq!((counts.passed, counts.resolved, counts.discarded, counts.total()), (5, 1, 1, 7));
    assert!(handlers.check("nobody", EventFilter::new()).await.unwrap_err().is_not_found());
}

/// Guards: what is read at one time and what is read a little later may not fit, and nothing be wrong.
async fn a_check_finds_nothing_wrong_while_the_handler_runs(office: Office) {
    const BOOKS: u64 = 8;
    const NUMBERS: u64 = 160;
    (0..NUMBERS).filter(|number| number % 5 == 0).for_each(|number| office.desk.judge(number, Verdict::Fail));
    let app = office.start_for_long(handlers![copy]).await;
    let publishing = tokio::spawn({
        let app = app.clone();
        async move {
            for number in 0..NUMBERS {
                app.publish(written(number % BOOKS, number)).await.unwrap();
            }
        }
    });
    let handlers = app.durable_handlers();
    let mut looks = 0;
    // Once all is published, what has failed is tried again, and what waits is released.
    for judged in 0..NUMBERS {
        if publishing.is_finished() {
            office.desk.judge(judged, None);
            office.clock.advance_to_next();
        }
        let check = handlers.check("copy", EventFilter::new()).await.unwrap();
        assert!(check.is_sound(), "{:?}", check.findings);
        looks += 1;
    }
    publishing.await.unwrap();
    assert_eq!(looks, NUMBERS);
    (0..NUMBERS).for_each(|number| office.desk.judge(number, None));
    app.dead_letters().redrive(LetterQuery::all(), ada()).await.unwrap();
    office.pass_time("all are handled", || office.desk.handled().len() as u64 == NUMBERS).await;
    app.all_settled(std::time::Duration::from_secs(60)).await.unwrap();
    let counts = handlers.check("copy", EventFilter::new()).await.unwrap().events;
    assert_eq!((counts.total(), counts.dead, counts.retrying), (NUMBERS, 0, 0));
    app.shutdown().await.unwrap();
}

async fn a_check_says_why_a_handler_does_not_run(office: Office) {
    let app = office.start_for_long(handlers![copy]).await;
    let handlers = app.durable_handlers();
    handlers.pause("copy", ada()).await.unwrap();
    let check = handlers.check("copy", EventFilter::new()).await.unwrap();
    let stopped = CheckFinding::Stopped { state: HandlerState::Paused, reason: Some("because".into()) };
    assert!(check.findings.contains(&stopped), "{:?}", check.findings);
    assert!(check.is_sound(), "nothing is missing");
    app.shutdown().await.unwrap();
}

async fn groups_have_what_fails_in_one_way(office: Office) {
    let app = two_wait(&office).await;
    office.advance(60);
    office.desk.judge(7, Verdict::Fail);
    app.publish(written(4, 7)).await.unwrap();
    let letters = app.dead_letters();
    let retrying = LetterQuery::new().status(LetterStatus::Retrying);
    eventually("the last one is retrying", async || letters.list(retrying.clone()).await.unwrap().len() == 1).await;
    let groups = letters.groups(LetterQuery::new()).await.unwrap();
    assert_eq!(groups.len(), 2, "{groups:?}");
    let (newest, dead) = (&groups[0], &groups[1]);
    assert_eq!((newest.class, newest.by_status[&LetterStatus::Retrying], newest.letters()), (Class::Transient, 1, 1));
    assert_eq!((dead.class, dead.by_status[&LetterStatus::Dead]), (Class::Permanent, 2));
    assert_eq!((dead.streams, dead.parked, dead.handler.as_str()), (2, 2, "copy"));
    assert_eq!(dead.error.as_ref().unwrap().to_string(), "illegible");
    assert!(dead.first_failed_at <= dead.last_failed_at && dead.last_failed_at < newest.first_failed_at);
    assert!(letters.groups(LetterQuery::new().with_limit(1)).await.unwrap_err().is_invalid());

    let group = LetterQuery::new().fingerprint(dead.fingerprint);
    assert_eq!(letters.discard(group.clone(), ada()).await.unwrap().len(), 2);
    let groups = letters.groups(group).await.unwrap();
    assert_eq!((groups[0].by_status[&LetterStatus::Discarded], groups[0].parked, groups.len()), (2, 0, 1));
    app.shutdown().await.unwrap();
}

async fn an_exported_letter_has_what_it_takes_to_try_it_again(office: Office) {
    let app = two_wait(&office).await;
    let letters = app.dead_letters();
    let letter = letters.list(LetterQuery::new()).await.unwrap().remove(0);
    let exported = letters.export(letter.id).await.unwrap();
    assert_eq!((exported.id, &exported.handler, exported.status), (letter.id, &letter.handler, LetterStatus::Dead));
    assert_eq!(exported.key.as_deref(), Some("durable.book/1"));
    assert_eq!(exported.attempts, letters.attempts(letter.id).await.unwrap());
    assert_eq!(exported.event, letters.event(&letter).await.unwrap());
    let read = ExportedLetter::from_json(&exported.to_json().unwrap()).unwrap();
    assert_eq!(read, exported);
    assert_eq!(read.event_for_handler().decode::<Written>().unwrap().number, 2);
    assert!(letters.export(LetterId::new(1_000_000)).await.unwrap_err().is_not_found());
    app.shutdown().await.unwrap();
}
