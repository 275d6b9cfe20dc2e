//! How handlers are called: order, arguments, time-outs, panics, middleware.

use std::sync::Arc;
use std::time::Duration;

use events::bus::from_fn;
use events::prelude::*;
use events::store::{LetterQuery, LetterStatus};
use events::{Delivery, Disposition, RecordedEvent};
use tokio::time::Instant;

use super::{Ordered, Pinged, app, ordered};
use crate::support::Journal;

#[event_handler(priority = 2)]
fn dc_first(_: &Ordered, State(journal): State<&Journal>) {
    journal.note("first");
}

#[event_handler(priority = 1)]
async fn dc_second(_: &Ordered, State(journal): State<&Journal>) {
    tokio::task::yield_now().await;
    journal.note("second");
}

#[event_handler(priority = -1)]
fn dc_last(_: &Ordered, State(journal): State<&Journal>) {
    journal.note("last");
}

#[tokio::test]
async fn priorities_are_called_one_after_the_other() {
    let (app, journal) = app(HandlerRegistry::only(handlers![dc_last, dc_second, dc_first]));
    let noted = journal.clone();
    app.subscribe(move |_: &Ordered| noted.note("subscribed"));
    assert_eq!(app.publish(ordered("a")).await.unwrap().delivery().handled(), 4);
    assert_eq!(journal.lines(), ["first", "second", "subscribed", "last"]);
}

#[event_handler]
async fn dc_takes_everything(
    event: &Envelope<'_, Ordered>,
    metadata: &EventMetadata,
    State(journal): State<&Journal>,
    app: &EventDispatcher,
    attempt: Attempt,
    key: IdempotencyKey,
) -> Result<Outcome, anyhow::Error> {
    let stored = app.store().read_stream(metadata.stream(), Default::default()).await?;
    anyhow::ensure!(
        stored.len() == 1 && stored[0].metadata() == metadata,
        "the event is stored before it is delivered"
    );
    anyhow::ensure!(attempt.is_first() && key.to_string() == format!("dc_takes_everything:{}", metadata.event_id()));
    journal.note(&event.what);
    Ok(Outcome::Done)
}

#[tokio::test]
async fn a_handler_takes_what_it_asks_for() {
    let (app, journal) = app(HandlerRegistry::only(handlers![dc_takes_everything]));
    let receipt = app.publish(ordered("tea")).await.unwrap();
    assert!(receipt.failures().is_empty(), "{:?}", receipt.failures());
    assert_eq!(journal.lines(), ["tea"]);
}

#[event_handler(all)]
fn dc_all(event: &RecordedEvent, State(journal): State<&Journal>) {
    journal.note(format!("all {} {}", event.name(), event.position()));
}

#[event_handler(events(Ordered, Pinged))]
async fn dc_both(event: &RecordedEvent, State(journal): State<&Journal>) -> Result<(), events::DecodeError> {
    if event.is::<Ordered>() {
        journal.note(format!("both {}", event.decode::<Ordered>()?.what));
    }
    Ok(())
}

#[tokio::test]
async fn a_handler_of_several_events_sees_them_as_they_are_stored() {
    let (app, journal) = app(HandlerRegistry::only(handlers![dc_all, dc_both]));
    app.publish_batch((ordered("tea"), Pinged, super::Renamed)).await.unwrap();
    let expected = ["all dispatcher.ordered 1", "both tea", "all dispatcher.pinged 2", "all dispatcher.renamed 3"];
    assert_eq!(journal.lines(), expected);
}

#[event_handler]
fn dc_panics(_: &Ordered) {
    panic!("at once");
}

#[event_handler]
async fn dc_panics_later(_: &Ordered) {
    tokio::task::yield_now().await;
    panic!("later");
}

#[event_handler]
fn dc_gives_up(_: &Ordered) -> Outcome {
    Outcome::Dead { reason: "no such shop".to_owned() }
}

fn dispositions(delivery: &Delivery) -> Vec<(&str, Class, Disposition)> {
    let failure = |failure| -> (&str, Class, Disposition) {
        let failure: &events::HandlerFailure = failure;
        (failure.handler().as_str(), failure.class(), failure.disposition())
    };
    let mut failures: Vec<_> = delivery.failures().iter().map(failure).collect();
    failures.sort_by_key(|failure| failure.0);
    failures
}

#[tokio::test]
async fn a_failure_touches_neither_the_others_nor_the_publisher() {
    let (app, journal) = app(HandlerRegistry::only(handlers![dc_panics, dc_panics_later, dc_gives_up, dc_second]));
    let receipt = app.publish(ordered("a")).await.unwrap();
    assert_eq!((receipt.delivery().handled(), journal.lines()), (1, vec!["second".to_owned()]));
    let expected = [
        ("dc_gives_up", Class::Permanent, Disposition::Dead),
        ("dc_panics", Class::Panic, Disposition::Retrying),
        ("dc_panics_later", Class::Panic, Disposition::Retrying),
    ];
    assert_eq!(dispositions(receipt.delivery()), expected);
    let letters = app.dead_letters().stats().await.unwrap();
    assert_eq!((letters.by_status[&LetterStatus::Retrying], letters.by_status[&LetterStatus::Dead]), (2, 1));
    assert_eq!(app.stats().handlers[&"dc_panics".into()].failed, 1);
}

#[event_handler]
async fn dc_never(_: &Ordered) {
    std::future::pending().await
}

#[event_handler(timeout = "2s")]
async fn dc_never_briefly(_: &Ordered) {
    std::future::pending().await
}

#[tokio::test(start_paused = true)]
async fn a_handler_delays_the_publisher_by_its_time_limit_at_most() {
    let (app, _) = app(HandlerRegistry::only(handlers![dc_never, dc_never_briefly]));
    let started = Instant::now();
    let receipt = app.publish(ordered("a")).await.unwrap();
    let elapsed = started.elapsed();
    assert!((5_000..=5_002).contains(&elapsed.as_millis()), "{elapsed:?}");
    let expected = [
        ("dc_never", Class::Timeout, Disposition::Retrying),
        ("dc_never_briefly", Class::Timeout, Disposition::Retrying),
    ];
    assert_eq!(dispositions(receipt.delivery()), expected);
    let letter = &app.dead_letters().list(LetterQuery::new().handler("dc_never_briefly")).await.unwrap()[0];
    assert_eq!(
        (letter.class, letter.error.as_ref().unwrap().to_string()),
        (Class::Timeout, "the handler took longer than 2s".into())
    );
}

#[tokio::test(start_paused = true)]
async fn the_limits_of_the_builder_count() {
    let builder = EventDispatcher::builder().handlers(HandlerRegistry::none());
    let app = builder.timeout(Duration::from_secs(1)).concurrency(1).build().unwrap();
    for _ in 0..3 {
        app.subscribe(|_: Arc<Ordered>| std::future::pending::<()>());
    }
    let started = Instant::now();
    let receipt = app.publish(ordered("a")).await.unwrap();
    assert_eq!((receipt.failures().len(), started.elapsed().as_secs()), (3, 3), "one after the other");
}

#[tokio::test]
async fn middleware_wraps_each_call_of_a_dispatcher_too() {
    let journal = Journal::default();
    let noted = journal.clone();
    let outer = from_fn(move |context, next| {
        let noted = noted.clone();
        Box::pin(async move {
            let result = next.run(context).await;
            noted.note(format!("{} {}", context.handler(), if result.is_ok() { "went well" } else { "failed" }));
            result
        })
    });
    let inner = from_fn(|context, next| {
        if context.handler() == "dc_last" {
            return Box::pin(async { Err(HandlerError::permanent("not today")) });
        }
        next.run(context)
    });
    let app = EventDispatcher::builder()
        .handlers(HandlerRegistry::only(handlers![dc_last, dc_first]))
        .state(journal.clone())
        .middleware(outer)
        .middleware(inner)
        .build()
        .unwrap();
    let receipt = app.publish(ordered("a")).await.unwrap();
    assert_eq!(dispositions(receipt.delivery()), [("dc_last", Class::Permanent, Disposition::Dead)]);
    assert_eq!(journal.lines(), ["first", "dc_first went well", "dc_last failed"]);
}

#[derive(Debug)]
struct Unprintable;

impl std::fmt::Display for Unprintable {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("an error that can't be printed");
    }
}

impl std::error::Error for Unprintable {}

#[event_handler]
fn dc_unprintable(_: &Ordered) -> Result<(), Unprintable> {
    Err(Unprintable)
}

/// Guards: the letter asks the error for its text, and that is the user's code.
#[tokio::test]
async fn an_error_that_can_not_be_printed_has_its_letter_too() {
    let (app, journal) = app(HandlerRegistry::only(handlers![dc_unprintable, dc_last]));
    let receipt = app.publish(ordered("a")).await.unwrap();
    assert_eq!(dispositions(receipt.delivery()), [("dc_unprintable", Class::Transient, Disposition::Retrying)]);
    assert_eq!(journal.lines(), ["last"]);
    let letters = app.dead_letters().list(LetterQuery::new()).await.unwrap();
    assert!(letters[0].error.as_ref().unwrap().type_name().ends_with("Unprintable"));
}
