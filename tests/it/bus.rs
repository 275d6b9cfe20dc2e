//! `EventBus`: sync handlers on the caller's thread.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use events::bus::SyncNext;
use events::prelude::*;
use events::{Disposition, EventContext};
use serde::{Deserialize, Serialize};

use crate::support::{Journal, chain};

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "bus.pinged", no_stream)]
struct Pinged {
    hops: u8,
}

const PING: Pinged = Pinged { hops: 0 };

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "bus.ponged", no_stream)]
struct Ponged;

#[event_handler(priority = 10)]
fn bus_early(_: &Pinged, State(journal): State<&Journal>) {
    journal.note("early");
}

#[event_handler]
fn bus_a(_: &Pinged, State(journal): State<&Journal>) {
    journal.note("a");
}

#[event_handler]
fn bus_b(_: &Pinged, State(journal): State<&Journal>) {
    journal.note("b");
}

#[event_handler(priority = -1)]
fn bus_late(_: &Pinged, State(journal): State<&Journal>) {
    journal.note("late");
}

#[event_handler]
async fn bus_async(_: &Pinged, State(journal): State<&Journal>) {
    journal.note("async");
}

fn bus(registry: HandlerRegistry) -> (EventBus, Journal) {
    let journal = Journal::default();
    (EventBus::builder().handlers(registry).state(journal.clone()).build().unwrap(), journal)
}

#[test]
fn handlers_are_called_by_priority_then_by_name_whatever_the_order_of_the_list() {
    let (bus, journal) = bus(HandlerRegistry::only(handlers![bus_b, bus_late, bus_a, bus_early]));
    let subscribed = journal.clone();
    bus.subscribe(move |_: &Pinged| subscribed.note("subscribed"));
    let delivery = bus.publish(&PING);
    assert_eq!(journal.lines(), ["early", "a", "b", "subscribed", "late"]);
    assert_eq!((delivery.handled(), delivery.failures().len(), delivery.skipped()), (5, 0, 0));
}

#[test]
fn an_event_without_handlers_is_handled_by_nobody() {
    let (bus, journal) = bus(HandlerRegistry::only(handlers![bus_a]));
    assert_eq!(bus.publish(&Ponged).handled(), 0);
    assert!(journal.lines().is_empty());
}

#[event_handler(priority = 1)]
fn bus_panics(_: &Pinged) {
    panic!("it was the hop of {}", "a rabbit");
}

#[event_handler(priority = 1)]
fn bus_panics_too(_: &Pinged) {
    std::panic::panic_any(7_u8);
}

#[test]
fn a_panic_touches_no_other_handler() {
    let (bus, journal) = bus(HandlerRegistry::only(handlers![bus_panics, bus_panics_too, bus_a, bus_b]));
    for round in 1..=2 {
        let delivery = bus.publish(&PING);
        let failures: Vec<_> =
            delivery.failures().iter().map(|failure| (failure.handler().as_str(), failure.class())).collect();
        assert_eq!(failures, [("bus_panics", Class::Panic), ("bus_panics_too", Class::Panic)]);
        assert!(delivery.failures()[0].error().to_string().contains("it was the hop of a rabbit"));
        assert_eq!(delivery.handled(), 2);
        assert_eq!((journal.count("a"), journal.count("b")), (round, round));
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the gateway said no")]
struct GatewayError(#[source] std::fmt::Error);

impl Classify for GatewayError {
    fn class(&self) -> Class {
        Class::Permanent
    }
}

#[event_handler]
fn bus_classified(_: &Pinged) -> Result<(), GatewayError> {
    Err(GatewayError(std::fmt::Error))
}

#[event_handler]
fn bus_anyhow(_: &Pinged) -> anyhow::Result<()> {
    Err(anyhow::anyhow!("inner").context("outer"))
}

#[event_handler]
fn bus_text(_: &Pinged) -> Result<Outcome, &'static str> {
    Err("only words")
}

#[test]
fn errors_keep_their_class_their_chain_and_who_failed_on_what() {
    let (bus, _) = bus(HandlerRegistry::only(handlers![bus_classified, bus_anyhow, bus_text]));
    let delivery = bus.publish(&PING);
    let [anyhow, classified, text] = delivery.failures() else { panic!("{delivery:?}") };
    assert_eq!(
        (anyhow.class(), classified.class(), text.class()),
        (Class::Transient, Class::Permanent, Class::Transient)
    );
    assert_eq!(anyhow.error().report().messages(), ["outer", "inner"]);
    assert_eq!(classified.error().report().messages()[0], "the gateway said no");
    assert!(classified.error().type_name().ends_with("GatewayError"));
    assert_eq!(text.error().to_string(), "only words");
    assert_eq!((text.event().as_str(), text.handler().as_str()), ("bus.pinged", "bus_text"));
    assert!(delivery.failures().iter().all(|failure| failure.disposition() == Disposition::Reported));
    let error = delivery.into_result().unwrap_err();
    assert_eq!(chain(&error), "handler `bus_anyhow` failed on `bus.pinged`: outer: inner");
}

#[event_handler]
fn bus_outcome(event: &Pinged) -> Outcome {
    match event.hops {
        0 => Outcome::Done,
        1 => Outcome::Ignored,
        2 => Outcome::Snooze(Duration::from_secs(9)),
        3 => Outcome::Retry { after: None },
        _ => Outcome::Dead { reason: "too far".to_owned() },
    }
}

#[test]
fn outcomes_other_than_success_are_failures_of_their_own_sort() {
    let (bus, _) = bus(HandlerRegistry::only(handlers![bus_outcome]));
    assert_eq!(bus.publish(&Pinged { hops: 0 }).into_result().unwrap(), 1);
    assert_eq!(bus.publish(&Pinged { hops: 1 }).into_result().unwrap(), 1);
    let snoozed = bus.publish(&Pinged { hops: 2 });
    assert_eq!(snoozed.failures()[0].snooze(), Some(Duration::from_secs(9)));
    let retry = bus.publish(&Pinged { hops: 3 });
    assert_eq!((retry.failures()[0].class(), retry.failures()[0].snooze()), (Class::Transient, None));
    let dead = bus.publish(&Pinged { hops: 4 });
    assert_eq!(dead.failures()[0].class(), Class::Permanent);
    assert!(dead.failures()[0].error().to_string().contains("too far"));
}

#[test]
fn a_sync_only_bus_counts_the_async_handlers_it_leaves_out() {
    for wrapped in [false, true] {
        let journal = Journal::default();
        let mut builder = EventBus::builder().handlers(HandlerRegistry::only(handlers![bus_a, bus_async])).sync_only();
        if wrapped {
            builder = builder.middleware(|context: &EventContext<'_>, next: SyncNext<'_>| next.run(context));
        }
        let bus = builder.state(journal.clone()).build().unwrap();
        let delivery = bus.publish(&PING);
        assert_eq!((delivery.handled(), delivery.skipped()), (1, 1));
        assert_eq!(journal.lines(), ["a"]);
    }
}

#[test]
fn the_first_middleware_is_the_outermost_and_sees_each_call() {
    let journal = Journal::default();
    let wrap = |name: &'static str| {
        let journal = journal.clone();
        move |context: &EventContext<'_>, next: SyncNext<'_>| {
            journal.note(format!("{name} before {} of {}", context.handler(), context.metadata().name()));
            let result = next.run(context);
            journal.note(format!("{name} after"));
            result
        }
    };
    let bus = EventBus::builder()
        .handlers(HandlerRegistry::only(handlers![bus_a]))
        .state(journal.clone())
        .middleware(wrap("outer"))
        .middleware(wrap("inner"))
        .build()
        .unwrap();
    bus.publish(&PING).into_result().unwrap();
    let expected =
        ["outer before bus_a of bus.pinged", "inner before bus_a of bus.pinged", "a", "inner after", "outer after"];
    assert_eq!(journal.lines(), expected);
}

#[test]
fn a_middleware_can_keep_a_handler_from_being_called_and_may_panic() {
    let journal = Journal::default();
    let bus = EventBus::builder()
        .handlers(HandlerRegistry::only(handlers![bus_a, bus_b, bus_late]))
        .state(journal.clone())
        .middleware(|context: &EventContext<'_>, next: SyncNext<'_>| match context.handler().as_str() {
            "bus_a" => Err(HandlerError::permanent("not allowed")),
            "bus_b" => panic!("in the middleware"),
            _ => next.run(context),
        })
        .build()
        .unwrap();
    let delivery = bus.publish(&PING);
    let classes: Vec<_> = delivery.failures().iter().map(|failure| failure.class()).collect();
    assert_eq!((classes.as_slice(), delivery.handled()), (&[Class::Permanent, Class::Panic][..], 1));
    assert_eq!(journal.lines(), ["late"]);
}

trait Mail: Send + Sync {
    fn send(&self, text: &str);
}

impl Mail for Journal {
    fn send(&self, text: &str) {
        self.note(text);
    }
}

#[event_handler]
fn bus_extracts(
    event: &Envelope<Pinged>,
    metadata: &EventMetadata,
    State(mail): State<&Arc<dyn Mail>>,
    attempt: Attempt,
    key: IdempotencyKey,
) {
    assert_eq!(event.metadata().event_id(), metadata.event_id());
    assert_eq!(key.to_string(), format!("bus_extracts:{}", metadata.event_id()));
    mail.send(&format!("{} hops, attempt {}", event.hops, attempt.number()));
}

#[test]
fn arguments_are_made_from_what_surrounds_the_call() {
    let journal = Journal::default();
    let bus = EventBus::builder()
        .handlers(HandlerRegistry::only(handlers![bus_extracts]))
        .state(Arc::new(journal.clone()) as Arc<dyn Mail>)
        .build()
        .unwrap();
    bus.publish(&Pinged { hops: 3 }).into_result().unwrap();
    assert_eq!(journal.lines(), ["3 hops, attempt 1"]);
}

type Slot = Arc<OnceLock<EventBus>>;

#[event_handler]
fn bus_nested(event: &Pinged, State(bus): State<&Slot>, State(journal): State<&Journal>) {
    if event.hops < 3 {
        let delivery = bus.get().unwrap().publish(&Pinged { hops: event.hops + 1 });
        assert_eq!(delivery.handled(), 1);
    }
    journal.note(event.hops.to_string());
}

#[test]
fn a_handler_may_publish_on_its_own_bus() {
    let (slot, journal) = (Slot::default(), Journal::default());
    let bus = EventBus::builder()
        .handlers(HandlerRegistry::only(handlers![bus_nested]))
        .state(Arc::clone(&slot))
        .state(journal.clone())
        .build()
        .unwrap();
    let bus = slot.get_or_init(|| bus);
    bus.publish(&PING).into_result().unwrap();
    assert_eq!(journal.lines(), ["3", "2", "1", "0"]);
}

struct Auditor(AtomicUsize);

#[event_handler]
impl Auditor {
    fn pinged(&self, event: &Pinged) {
        self.0.fetch_add(event.hops.into(), Ordering::SeqCst);
    }

    fn ponged(&self, _: &Ponged) -> Result<(), std::fmt::Error> {
        Err(std::fmt::Error)
    }
}

#[test]
fn threads_may_publish_at_the_same_time() {
    let bus = EventBus::builder()
        .handlers(HandlerRegistry::only(handlers![Auditor]))
        .state(Auditor(AtomicUsize::new(0)))
        .build()
        .unwrap();
    let total = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&total);
    bus.subscribe(move |event: &Pinged| {
        seen.fetch_add(event.hops.into(), Ordering::SeqCst);
    });
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..100).for_each(|_| assert_eq!(bus.publish(&Pinged { hops: 2 }).handled(), 2)));
        }
    });
    assert_eq!(total.load(Ordering::SeqCst), 1_600);
    assert_eq!(bus.publish(&Ponged).failures()[0].handler().as_str(), "Auditor.ponged");
}

#[test]
fn a_circle_of_handlers_on_a_bus_ends() {
    let slot = Arc::new(OnceLock::<EventBus>::new());
    let calls = Arc::new(AtomicUsize::new(0));
    let bus = EventBus::builder().handlers(HandlerRegistry::none()).build().unwrap();
    let (inner, counted) = (Arc::clone(&slot), Arc::clone(&calls));
    bus.subscribe(move |event: &Pinged| -> Result<(), events::Error> {
        counted.fetch_add(1, Ordering::Relaxed);
        inner.get().unwrap().publish(event).into_result().map(drop)
    });
    assert!(slot.set(bus).is_ok());
    let delivery = slot.get().unwrap().publish(&PING);
    assert_eq!(calls.load(Ordering::Relaxed), 64);
    let text = chain(delivery.failures()[0].error().error());
    assert!(text.contains("published 64 handlers deep"), "{text}");
}
