//! What is called when a letter has become dead.

use std::sync::{Arc, Mutex};

use events::prelude::*;
use events::store::FailedEvent;
use tokio::sync::oneshot;

use super::{Office, Verdict, Written, copy, on_every_store, written};
use crate::support::eventually;

on_every_store![a_letter_that_dies_is_told_of_once, a_hook_that_panics_or_waits_holds_nothing_up, inline_handlers_too,];

/// The letters that were told of.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<FailedEvent>>>);

impl Told {
    fn hook(&self) -> impl Fn(&FailedEvent) + Send + Sync + use<> {
        let told = self.clone();
        move |letter| told.0.lock().unwrap().push(letter.clone())
    }

    fn letters(&self) -> Vec<FailedEvent> {
        self.0.lock().unwrap().clone()
    }

    async fn are(&self, count: usize) -> Vec<FailedEvent> {
        eventually(&format!("{count} were told of"), async || self.letters().len() >= count).await;
        assert_eq!(self.letters().len(), count);
        self.letters()
    }
}

async fn a_letter_that_dies_is_told_of_once(office: Office) {
    let told = Told::default();
    office.desk.judge(1, Verdict::Permanent);
    office.desk.judge(2, Verdict::Fail);
    let app = office.builder(handlers![copy]).on_dead_letter(told.hook()).start().await.unwrap();
    app.publish_batch(vec![written(1, 1), written(2, 2), written(3, 3)]).await.unwrap();
    let first = told.are(1).await.remove(0);
    assert_eq!((first.handler.as_str(), first.attempts, first.status), ("copy", 1, LetterStatus::Dead));
    // The other one has two attempts left.
    let attempts = async |count| {
        let letters = app.dead_letters().list(LetterQuery::new()).await.unwrap();
        letters.iter().any(|letter| letter.id != first.id && letter.attempts == count)
    };
    for (seconds, count) in [(0, 1), (10, 2), (20, 3)] {
        assert_eq!(told.letters().len(), 1);
        office.advance(seconds);
        eventually("it is tried", async || attempts(count).await).await;
    }
    let second = told.are(2).await.remove(1);
    assert_eq!((second.attempts, second.status), (3, LetterStatus::Dead));
    assert_eq!(app.dead_letters().get(second.id).await.unwrap(), Some(second));
    // It dies once more.
    let why = Audit::by("ada").because("once more");
    app.dead_letters().redrive(LetterQuery::new().id(first.id), why).await.unwrap();
    assert_eq!(told.are(3).await[2].id, first.id);
    app.shutdown().await.unwrap();
    assert_eq!(told.letters().len(), 3);
}

async fn a_hook_that_panics_or_waits_holds_nothing_up(office: Office) {
    let told = Told::default();
    let (open, gate) = oneshot::channel::<()>();
    let gate = Mutex::new(Some(gate));
    let wait = move |_: &FailedEvent| {
        let gate = gate.lock().unwrap().take();
        gate.expect("one letter too many").blocking_recv().unwrap();
    };
    office.desk.judge(1, Verdict::Permanent);
    office.desk.judge(2, Verdict::Permanent);
    let app = office.builder(handlers![copy]).on_dead_letter(wait).on_dead_letter(told.hook()).start().await.unwrap();
    app.publish(written(1, 1)).await.unwrap();
    eventually("it has a letter", async || !app.dead_letters().list(LetterQuery::new()).await.unwrap().is_empty())
        .await;
    // The hook waits, or is about to; the handler goes on.
    app.publish_batch(vec![written(2, 2), written(3, 3)]).await.unwrap();
    office.has(3, &[3]).await;
    eventually("one of the hooks has panicked, and the next is called", async || told.letters().len() == 1).await;
    open.send(()).unwrap();
    app.shutdown().await.unwrap();
    assert_eq!(told.letters().len(), 2, "the shutdown has waited for the other");
}

async fn inline_handlers_too(office: Office) {
    let told = Told::default();
    let policy = RetryPolicy::new(2).with_initial_delay(std::time::Duration::from_secs(10)).with_jitter(0.0);
    let app = office.builder([]).retry(policy).on_dead_letter(told.hook()).start().await.unwrap();
    let subscription = app.subscribe(|event: &Written| match event.number {
        1 => Err(HandlerError::permanent("illegible")),
        2 => Err(HandlerError::transient("the ink is out")),
        _ => Ok(()),
    });
    app.publish_batch(vec![written(1, 1), written(1, 2), written(1, 3)]).await.unwrap();
    let first = told.are(1).await.remove(0);
    assert_eq!((&first.handler, first.status), (subscription.name(), LetterStatus::Dead));
    office.advance(10);
    assert_eq!(told.are(2).await[1].attempts, 2);
    app.shutdown().await.unwrap();
}
