//! Handlers that are added at run time.

use std::sync::{Arc, Mutex};

use events::prelude::*;
use events::testing::Recorder;
use serde::{Deserialize, Serialize};

use crate::support::Journal;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event(name = "subscribe.pinged", no_stream)]
struct Pinged {
    hops: u8,
}

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "subscribe.ponged", no_stream)]
struct Ponged;

const PING: Pinged = Pinged { hops: 2 };

fn sync_bus() -> EventBus {
    EventBus::builder().handlers(HandlerRegistry::none()).build().unwrap()
}

fn async_bus() -> AsyncEventBus {
    AsyncEventBus::builder().handlers(HandlerRegistry::none()).build().unwrap()
}

fn app() -> EventDispatcher {
    EventDispatcher::builder().handlers(HandlerRegistry::none()).build().unwrap()
}

async fn borrows(event: &Pinged) -> Result<(), std::io::Error> {
    tokio::task::yield_now().await;
    assert_eq!(event.hops, 2);
    Ok(())
}

async fn borrows_both(event: &Pinged, metadata: &EventMetadata) {
    tokio::task::yield_now().await;
    assert_eq!((event.hops, metadata.name().as_str()), (2, "subscribe.pinged"));
}

fn plain(event: &Pinged) -> Result<(), anyhow::Error> {
    anyhow::ensure!(event.hops == 2, "{} hops", event.hops);
    Ok(())
}

struct Gateway(Journal);

impl AsyncEventHandler<Pinged> for Gateway {
    async fn handle(&self, event: &Pinged, _: &EventMetadata) -> Result<(), HandlerError> {
        tokio::task::yield_now().await;
        self.0.note(event.hops.to_string());
        Ok(())
    }
}

#[tokio::test]
async fn every_form_of_a_subscriber_is_called() {
    let journal = Journal::default();
    let noted = |line: &'static str| {
        let journal = journal.clone();
        move || journal.note(line)
    };
    let bus = async_bus();
    let recorder = Recorder::<Pinged>::new();
    let (one, two, three) = (noted("one"), noted("two"), noted("three"));
    bus.subscribe(move |_: &Pinged| one());
    bus.subscribe(move |_: &Pinged, _: &EventMetadata| two());
    bus.subscribe(move |event: Arc<Pinged>| {
        assert_eq!(event.hops, 2);
        three();
        drop(event);
        async { Ok::<_, std::io::Error>(()) }
    });
    bus.subscribe(borrows);
    bus.subscribe(borrows_both);
    bus.subscribe(plain);
    bus.subscribe(recorder.clone());
    bus.subscribe(Gateway(journal.clone()));
    assert_eq!(bus.publish(PING).await.into_result().unwrap(), 8);
    let mut lines = journal.lines();
    lines.sort_unstable();
    assert_eq!(lines, ["2", "one", "three", "two"]);
    assert_eq!(recorder.events(), [PING]);
}

#[test]
fn a_sync_bus_takes_every_sync_form() {
    let bus = sync_bus();
    let recorder = Recorder::<Pinged>::failing(1);
    bus.subscribe(|_: &Pinged| {});
    bus.subscribe(|_: &Pinged, metadata: &EventMetadata| assert_eq!(metadata.recording(), None));
    bus.subscribe(plain);
    bus.subscribe(recorder.clone());
    let delivery = bus.publish(&PING);
    assert_eq!((delivery.handled(), delivery.failures().len()), (3, 1));
    assert_eq!(bus.publish(&PING).handled(), 4);
    assert_eq!(recorder.calls(), 2);
}

#[test]
fn a_subscriber_sees_the_events_of_its_type_that_come_later() {
    let bus = sync_bus();
    bus.publish(&PING);
    let (pings, pongs) = (Recorder::<Pinged>::new(), Recorder::<Ponged>::new());
    bus.subscribe(pings.clone());
    bus.subscribe(pongs.clone());
    bus.publish(&PING);
    assert_eq!((pings.calls(), pongs.calls()), (1, 0));
}

#[test]
fn subscriptions_are_listed_and_end_on_request() {
    let bus = sync_bus();
    let recorder = Recorder::<Pinged>::new();
    let first = bus.subscribe(recorder.clone());
    let second = bus.subscribe(|_: &Ponged| {});
    assert_eq!(bus.subscriptions(), [first.name().clone(), second.name().clone()]);
    assert!(first.name().as_str().contains("Recorder"), "{}", first.name());
    assert!(first.unsubscribe());
    assert_eq!(bus.subscriptions(), [second.name().clone()]);
    assert_eq!(bus.publish(&PING).handled(), 0);
    assert_eq!(bus.publish(&Ponged).handled(), 1);
    drop(second);
    assert_eq!(bus.publish(&Ponged).handled(), 1, "dropping the handle changes nothing");
}

#[test]
fn a_subscription_may_outlive_its_bus() {
    let bus = sync_bus();
    let subscription = bus.subscribe(|_: &Pinged| {});
    drop(bus);
    assert!(!subscription.unsubscribe());
}

#[test]
fn ending_one_of_two_equal_subscribers_leaves_the_other() {
    let bus = sync_bus();
    let (one, two) = (Recorder::<Pinged>::new(), Recorder::<Pinged>::new());
    let first = bus.subscribe(one.clone());
    bus.subscribe(two.clone());
    first.unsubscribe();
    bus.publish(&PING);
    assert_eq!((one.calls(), two.calls()), (0, 1));
}

/// Guards: a letter belongs to a handler's name, so two closures of one function need two names.
#[tokio::test]
async fn subscribers_of_one_rust_type_have_names_of_their_own() {
    let app = app();
    let closures: Vec<_> = (0..2).map(|_| app.subscribe(|_: &Pinged| Err::<(), _>("no"))).collect();
    let values: Vec<_> = (0..2).map(|_| app.subscribe(Recorder::<Pinged>::failing(9))).collect();
    let mut names: Vec<_> = closures.iter().chain(&values).map(|one| one.name().clone()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 4, "{names:?}");
    let receipt = app.publish(PING).await.unwrap();
    assert_eq!(receipt.failures().len(), 4);
    let letters = app.dead_letters().list(LetterQuery::new()).await.unwrap();
    let handlers: Vec<_> = letters.iter().map(|letter| (&letter.handler, letter.attempts)).collect();
    assert_eq!(handlers.len(), 4, "each failure has its letter: {handlers:?}");
    assert!(handlers.iter().all(|(_, attempts)| *attempts == 1));
    assert_eq!(app.stats().handlers.len(), 4);
}

#[test]
fn a_name_is_free_again_when_its_subscription_has_ended() {
    let bus = sync_bus();
    let subscribe = || bus.subscribe(Recorder::<Pinged>::new());
    let (first, second) = (subscribe(), subscribe());
    let name = first.name().clone();
    assert_ne!(second.name(), &name);
    first.unsubscribe();
    assert_eq!(subscribe().name(), &name);
}

#[test]
fn a_handler_may_subscribe_and_unsubscribe_for_the_events_to_come() {
    let (bus, journal) = (Arc::new(sync_bus()), Journal::default());
    let later: Arc<Mutex<Option<Subscription>>> = Arc::default();
    let (inner, noted, ended) = (Arc::downgrade(&bus), journal.clone(), Arc::clone(&later));
    bus.subscribe(move |_: &Pinged| {
        noted.note("first");
        if let Some(later) = ended.lock().unwrap().take() {
            assert!(later.unsubscribe());
            let noted = noted.clone();
            inner.upgrade().unwrap().subscribe(move |_: &Pinged| noted.note("third"));
        }
    });
    let noted = journal.clone();
    *later.lock().unwrap() = Some(bus.subscribe(move |_: &Pinged| noted.note("second")));
    bus.publish(&PING);
    assert_eq!(journal.lines(), ["first", "second"], "the event that is on its way");
    bus.publish(&PING);
    assert_eq!(journal.lines(), ["first", "second", "first", "third"]);
}
