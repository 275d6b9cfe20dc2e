//! Publishing from within a handler, without waiting.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use events::prelude::*;
use events::testing::ManualClock;
use events::{Disposition, Error};

use super::{Ordered, Pinged, app, log, ordered};
use crate::support::{Fragile, Journal, chain};

#[event_handler]
fn de_emits(event: &Ordered, State(journal): State<&Journal>) -> Result<(), Error> {
    events::emit(Pinged)?;
    events::emit(Pinged)?;
    journal.note("emitted");
    if event.what == "fail" { Err(Error::new(events::ErrorKind::Internal, "after the emit")) } else { Ok(()) }
}

#[event_handler]
async fn de_emits_async(event: &Ordered, app: &EventDispatcher) -> Result<Outcome, Error> {
    tokio::task::yield_now().await;
    app.with(Context::actor("robot")).emit(Pinged)?;
    match event.what.as_str() {
        "fail" => Ok(Outcome::Snooze(Duration::from_secs(1))),
        "panic" => panic!("after the emit"),
        _ => Ok(Outcome::Done),
    }
}

#[event_handler]
fn de_pinged(_: &Pinged, State(journal): State<&Journal>) {
    journal.note("pinged");
}

#[tokio::test]
async fn what_a_handler_emits_is_committed_when_it_has_succeeded() {
    let (app, journal) = app(HandlerRegistry::only(handlers![de_emits, de_pinged]));
    let receipt = app.publish(ordered("a")).await.unwrap();
    assert_eq!((receipt.events().len(), receipt.delivery().handled()), (1, 1));
    assert_eq!(journal.lines(), ["emitted", "pinged", "pinged"]);
    assert_eq!((log(&app).await.len(), app.stats().commits), (3, 2));
}

#[tokio::test]
async fn what_an_async_handler_emits_has_its_context() {
    let (app, _) = app(HandlerRegistry::only(handlers![de_emits_async]));
    app.publish(ordered("a")).await.unwrap();
    let events = log(&app).await;
    assert_eq!((events.len(), events[1].metadata().actor().unwrap().as_str()), (2, "robot"));
}

#[tokio::test]
async fn what_a_failed_handler_emits_is_forgotten() {
    let (app, journal) = app(HandlerRegistry::only(handlers![de_emits, de_emits_async, de_pinged]));
    assert_eq!(app.publish(ordered("fail")).await.unwrap().failures().len(), 2);
    assert_eq!(app.publish(ordered("panic")).await.unwrap().failures().len(), 1);
    assert_eq!(journal.lines(), ["emitted", "emitted", "pinged", "pinged"]);
    assert_eq!(log(&app).await.len(), 4);
}

#[tokio::test]
async fn a_handler_whose_events_can_not_be_committed_has_failed() {
    let fragile = Fragile::new();
    let app = EventDispatcher::builder()
        .store(fragile.store())
        .handlers(HandlerRegistry::only(handlers![de_emits]))
        .state(Journal::default())
        .build()
        .unwrap();
    let failing = fragile.clone();
    app.subscribe(move |_: &Ordered| failing.fail_appends(true));
    let noted = Arc::new(Mutex::new(None));
    let result = Arc::clone(&noted);
    app.subscribe(move |_: &Ordered| *result.lock().unwrap() = Some(events::emit(Pinged).is_ok()));
    let receipt = app.publish(ordered("a")).await.unwrap();
    assert_eq!(*noted.lock().unwrap(), Some(true));
    // What handlers emit is committed after all of their priority have begun.
    assert_eq!((receipt.delivery().handled(), receipt.failures().len()), (1, 2), "{receipt:?}");
    for failure in receipt.failures() {
        assert_eq!((failure.class(), failure.disposition()), (Class::Transient, Disposition::Retrying));
        assert!(chain(failure.error().error()).contains("appends fail now"), "{failure:?}");
    }
    assert_eq!(log(&app).await.len(), 1);
}

#[tokio::test]
async fn emitting_outside_of_the_dispatcher_s_handlers_is_an_error() {
    let (app, _) = app(HandlerRegistry::only(handlers![de_emits]));
    for error in [events::emit(Pinged).unwrap_err(), app.emit(Pinged).unwrap_err()] {
        assert_eq!(error.kind(), events::ErrorKind::Unsupported);
        assert!(error.to_string().contains("`publish` the event instead"), "{error}");
    }
    app.publish(ordered("a")).await.unwrap();
    assert!(events::emit(Pinged).is_err(), "also after a handler has run on this thread");
}

#[tokio::test]
async fn a_handler_can_not_emit_to_another_dispatcher() {
    let (one, _) = app(HandlerRegistry::none());
    let (other, _) = app(HandlerRegistry::none());
    let elsewhere = other.clone();
    one.subscribe(move |_: &Ordered| elsewhere.emit(Pinged));
    let receipt = one.publish(ordered("a")).await.unwrap();
    assert_eq!(receipt.failures().len(), 1);
    assert_eq!((log(&one).await.len(), log(&other).await.len()), (1, 0));
}

#[tokio::test]
async fn a_bus_within_a_handler_has_no_outbox() {
    let (app, _) = app(HandlerRegistry::none());
    let bus = EventBus::builder().handlers(HandlerRegistry::none()).build().unwrap();
    bus.subscribe(|_: &Pinged| events::emit(Pinged));
    app.subscribe(move |_: &Ordered| {
        assert_eq!(bus.publish(&Pinged).failures().len(), 1);
        events::emit(Pinged)
    });
    assert!(app.publish(ordered("a")).await.unwrap().failures().is_empty());
    assert_eq!(log(&app).await.len(), 2);
}

#[tokio::test]
async fn a_failed_emit_is_tried_again_with_its_handler() {
    let fragile = Fragile::new();
    let clock = ManualClock::default();
    let app = EventDispatcher::builder()
        .store(fragile.store())
        .handlers(HandlerRegistry::none())
        .clock(Arc::new(clock.clone()))
        .start()
        .await
        .unwrap();
    let failing = fragile.clone();
    app.subscribe(move |_: &Ordered| failing.fail_appends(true));
    app.subscribe(|_: &Ordered| events::emit(Pinged));
    let receipt = app.publish(ordered("a")).await.unwrap();
    assert_eq!((receipt.failures().len(), log(&app).await.len()), (1, 1));
    fragile.fail_appends(false);
    clock.advance(Duration::from_secs(60));
    assert_eq!(app.settled(&receipt).await.unwrap().resolved, 1);
    let events = log(&app).await;
    assert_eq!(events[1].metadata().causation_id(), Some(events[0].metadata().event_id()));
    app.shutdown().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn delivering_what_is_emitted_delays_no_handler_of_equal_priority() {
    let (app, journal) = app(HandlerRegistry::none());
    app.subscribe(|_: Arc<Pinged>| std::future::pending::<()>());
    app.subscribe(|_: &Ordered| events::emit(Pinged));
    let started = tokio::time::Instant::now();
    let noted = journal.clone();
    app.subscribe(move |_: &Ordered| noted.note(format!("after {} s", started.elapsed().as_secs())));
    app.publish(ordered("a")).await.unwrap();
    assert_eq!(journal.lines(), ["after 0 s"]);
}
