//! Who, when, where and why: the caller's part, and what flows from cause to effect.

use std::sync::{Arc, OnceLock};

use chrono::{DateTime, TimeDelta, Utc};
use events::event::TraceContext;
use events::prelude::*;
use events::store::{AppendError, EventFilter, LogQuery, Refusal};
use events::{Cause, CorrelationId, RecordedEvent};
use serde::{Deserialize, Serialize};

use crate::support::{Journal, chain};

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "metadata.stepped", aggregate = "metadata.walk")]
struct Stepped {
    #[event(id)]
    walk: u64,
    left: u8,
}

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "metadata.measured", no_stream)]
struct Measured {
    #[event(occurred_at)]
    at: Option<DateTime<Utc>>,
}

fn stepped(left: u8) -> Stepped {
    Stepped { walk: 1, left }
}

fn trace() -> TraceContext {
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned();
    TraceContext { traceparent, tracestate: Some("a=b".to_owned()) }
}

async fn log(app: &EventDispatcher) -> Vec<RecordedEvent> {
    app.store().read_log(LogQuery::new()).await.unwrap().into_events()
}

fn build(registry: HandlerRegistry) -> (EventDispatcher, Journal) {
    let journal = Journal::default();
    (EventDispatcher::builder().handlers(registry).state(journal.clone()).build().unwrap(), journal)
}

#[tokio::test]
async fn the_caller_s_part_is_kept_and_the_rest_is_filled_in() {
    let (app, _) = build(HandlerRegistry::none());
    let (id, cause, chain) = (EventId::now(), EventId::now(), CorrelationId::from(Uuid::from_u128(7)));
    let at = "2026-03-01T12:00:00.123456789Z".parse::<DateTime<Utc>>().unwrap();
    let context = Context::actor("ada")
        .with_tenant("acme")
        .with_event_id(id)
        .with_causation_id(cause)
        .with_correlation_id(chain)
        .with_occurred_at(at)
        .with_trace(trace())
        .with_header("client", "ios")
        .with_header("client", "android");
    let before = Utc::now() - TimeDelta::microseconds(1);
    app.with(context).publish(stepped(0)).await.unwrap();
    let [event] = &log(&app).await[..] else { panic!("one event") };
    let metadata = event.metadata();
    assert_eq!((metadata.event_id(), metadata.causation_id(), metadata.correlation_id()), (id, Some(cause), chain));
    assert_eq!((metadata.actor().unwrap().as_str(), metadata.tenant().unwrap().as_str()), ("ada", "acme"));
    assert_eq!(metadata.occurred_at().to_rfc3339(), "2026-03-01T12:00:00.123456+00:00");
    assert_eq!((metadata.trace(), metadata.headers()["client"].as_str()), (Some(&trace()), "android"));
    assert_eq!(
        (metadata.name().as_str(), metadata.stream().to_string()),
        ("metadata.stepped", "metadata.walk/1".into())
    );
    assert_eq!((metadata.schema_version().value(), metadata.version().unwrap().value()), (1, 1));
    assert!((before..=Utc::now()).contains(&metadata.recorded_at().unwrap()));
    let debug = format!("{metadata:?}");
    assert!(debug.contains("client") && !debug.contains("android"), "no values of headers: {debug}");
}

#[tokio::test]
async fn an_event_outside_of_any_handler_begins_a_chain() {
    let (app, _) = build(HandlerRegistry::none());
    app.publish_batch((stepped(0), Measured { at: None })).await.unwrap();
    let [first, second] = &log(&app).await[..] else { panic!("two events") };
    for event in [first, second] {
        let metadata = event.metadata();
        assert_eq!(metadata.correlation_id(), metadata.event_id().into());
        assert_eq!((metadata.causation_id(), metadata.actor(), metadata.trace()), (None, None, None));
    }
    assert_ne!(first.metadata().correlation_id(), second.metadata().correlation_id());
    assert_eq!(second.stream().to_string(), format!("metadata.measured/{}", second.metadata().event_id()));
}

#[test]
fn the_event_s_own_time_goes_before_the_caller_s() {
    let (own, caller) = (DateTime::UNIX_EPOCH, Utc::now() + TimeDelta::days(1));
    let context = Context::new().with_occurred_at(caller);
    let occurred = |at| EventMetadata::new(&Measured { at }, &context).occurred_at();
    assert_eq!(occurred(Some(own)), own);
    assert_eq!(occurred(None).timestamp_micros(), caller.timestamp_micros());
}

#[event_handler]
async fn md_walk(event: &Stepped, app: &EventDispatcher) -> Result<(), events::Error> {
    if event.left > 0 {
        tokio::task::yield_now().await;
        app.publish(stepped(event.left - 1)).await?;
    }
    Ok(())
}

#[event_handler(events(Stepped))]
fn md_measure(_: &RecordedEvent) -> Result<(), events::Error> {
    events::emit(Measured { at: None })
}

#[tokio::test]
async fn a_chain_of_publish_and_emit_is_one_correlation_with_each_cause() {
    let (app, _) = build(HandlerRegistry::only(handlers![md_walk, md_measure]));
    let context = Context::actor("ada").with_tenant("acme").with_trace(trace()).with_header("client", "ios");
    app.with(context).publish(stepped(3)).await.unwrap();
    let events = log(&app).await;
    let first = events[0].metadata().clone();
    let steps: Vec<_> = events.iter().filter(|event| event.is::<Stepped>()).collect();
    let measures: Vec<_> = events.iter().filter(|event| event.is::<Measured>()).collect();
    assert_eq!((steps.len(), measures.len()), (4, 4));
    for pair in steps.windows(2) {
        assert_eq!(pair[1].metadata().causation_id(), Some(pair[0].metadata().event_id()));
    }
    for measure in measures {
        let cause = steps.iter().find(|step| Some(step.metadata().event_id()) == measure.metadata().causation_id());
        assert!(cause.is_some(), "caused by the step whose handler has emitted it");
    }
    for event in &events[1..] {
        let metadata = event.metadata();
        assert_eq!(metadata.correlation_id(), first.correlation_id());
        assert_eq!(
            (metadata.actor(), metadata.tenant(), metadata.trace()),
            (first.actor(), first.tenant(), first.trace())
        );
        assert!(metadata.headers().is_empty(), "headers are the caller's own");
    }
    let chain = EventFilter::new().correlation_id(first.correlation_id());
    assert_eq!(app.store().count(chain).await.unwrap(), 8);
    let caused = EventFilter::new().causation_id(first.event_id());
    assert_eq!(app.store().count(caused).await.unwrap(), 2);
}

#[event_handler]
async fn md_overrides(_: &Stepped, app: &EventDispatcher) -> Result<(), events::Error> {
    let context = Context::actor("robot").with_correlation_id(Uuid::from_u128(9));
    app.with(context.clone()).publish(Measured { at: None }).await?;
    app.with(context).emit(Measured { at: None })
}

#[tokio::test]
async fn a_handler_s_own_context_goes_before_the_cause() {
    let (app, _) = build(HandlerRegistry::only(handlers![md_overrides]));
    app.with(Context::actor("ada").with_tenant("acme")).publish(stepped(0)).await.unwrap();
    let events = log(&app).await;
    assert_eq!(events.len(), 3);
    for event in &events[1..] {
        let metadata = event.metadata();
        assert_eq!((metadata.actor().unwrap().as_str(), metadata.tenant().unwrap().as_str()), ("robot", "acme"));
        assert_eq!(metadata.correlation_id().as_uuid(), Uuid::from_u128(9));
        assert_eq!(metadata.causation_id(), Some(events[0].metadata().event_id()));
    }
}

#[event_handler]
async fn md_spawns(_: &Stepped, app: &EventDispatcher) {
    tokio::task::yield_now().await;
    let (carried, lost) = (app.clone(), app.clone());
    let carried = async move { carried.publish(Measured { at: None }).await.map(drop) }.in_current_cause();
    tokio::spawn(carried).await.unwrap().unwrap();
    tokio::spawn(async move { lost.publish(Measured { at: None }).await.map(drop) }).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_spawned_task_has_the_cause_that_it_was_given() {
    let (app, _) = build(HandlerRegistry::only(handlers![md_spawns]));
    let receipt = app.publish(stepped(0)).await.unwrap();
    assert!(receipt.failures().is_empty());
    let [first, carried, lost] = &log(&app).await[..] else { panic!("three events") };
    assert_eq!(carried.metadata().causation_id(), Some(first.metadata().event_id()));
    assert_eq!(lost.metadata().causation_id(), None);
    assert_eq!(lost.metadata().correlation_id(), lost.metadata().event_id().into());
}

#[event_handler]
fn md_sync_cause(event: &Stepped, metadata: &EventMetadata, State(journal): State<&Journal>) {
    let cause = Cause::current().unwrap();
    assert_eq!((cause.event_id(), cause.correlation_id()), (Some(metadata.event_id()), metadata.correlation_id()));
    journal.note(format!("{} left at depth {}", event.left, cause.depth()));
}

#[event_handler]
async fn md_async_cause(_: &Stepped, metadata: &EventMetadata, State(journal): State<&Journal>) {
    for _ in 0..2 {
        assert_eq!(Cause::current().unwrap().event_id(), Some(metadata.event_id()));
        tokio::task::yield_now().await;
    }
    journal.note("async");
}

#[event_handler(priority = -1)]
fn md_panics(_: &Stepped) {
    panic!("with the cause set");
}

#[tokio::test]
async fn the_cause_is_set_while_a_handler_runs_and_not_after() {
    let (app, journal) = build(HandlerRegistry::only(handlers![md_sync_cause, md_async_cause, md_panics]));
    assert_eq!(Cause::current(), None);
    let receipt = app.publish(stepped(5)).await.unwrap();
    assert_eq!((receipt.delivery().handled(), receipt.failures().len()), (2, 1));
    let lines = journal.lines();
    assert!(lines.contains(&"5 left at depth 1".to_owned()) && lines.contains(&"async".to_owned()), "{lines:?}");
    assert_eq!(Cause::current(), None);
}

#[tokio::test]
async fn tasks_side_by_side_do_not_see_each_other_s_cause() {
    let (app, journal) = build(HandlerRegistry::only(handlers![md_async_cause]));
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let app = app.clone();
            tokio::spawn(async move { app.publish(stepped(0)).await.unwrap().failures().len() })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), 0);
    }
    assert_eq!(journal.count("async"), 50);
}

type Slot = Arc<OnceLock<EventBus>>;

#[event_handler]
fn md_on_a_bus(event: &Stepped, State(bus): State<&Slot>, State(journal): State<&Journal>, metadata: &EventMetadata) {
    let cause = metadata.causation_id().is_some();
    journal.note(format!("{} {cause} {:?} {}", event.left, metadata.actor(), Cause::current().unwrap().depth()));
    if event.left > 0 {
        bus.get().unwrap().publish(&stepped(event.left - 1)).into_result().unwrap();
    }
}

#[test]
fn a_cause_flows_through_a_bus_alone() {
    let (slot, journal) = (Slot::default(), Journal::default());
    let builder = EventBus::builder().handlers(HandlerRegistry::only(handlers![md_on_a_bus]));
    let bus = slot.get_or_init(|| builder.state(Arc::clone(&slot)).state(journal.clone()).build().unwrap());
    bus.publish_with(&stepped(2), &Context::actor("ada")).into_result().unwrap();
    let expected = ["2 false Some(\"ada\") 1", "1 true Some(\"ada\") 2", "0 true Some(\"ada\") 3"];
    assert_eq!(journal.lines(), expected);
}

#[event_handler]
async fn md_forever(_: &Measured, app: &EventDispatcher) -> Result<(), events::Error> {
    let receipt = app.publish(Measured { at: None }).await?;
    assert!(receipt.failures().iter().all(|failure| failure.handler() == "md_forever"));
    Ok(())
}

#[event_handler]
fn md_forever_emitting(_: &Measured) -> Result<(), events::Error> {
    events::emit(Measured { at: None })
}

/// Whether an error's chain has the refusal of a chain of handlers that is too long.
fn is_too_deep(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source())
        .any(|error| matches!(error.downcast_ref(), Some(AppendError::Refused(Refusal::TooDeep { depth: 64 }))))
}

#[tokio::test]
async fn a_circle_of_publishing_handlers_ends() {
    let (app, _) = build(HandlerRegistry::only(handlers![md_forever]));
    let receipt = app.publish(Measured { at: None }).await.unwrap();
    assert!(receipt.failures().is_empty());
    assert_eq!(log(&app).await.len(), 64);
    let [letter] = &app.dead_letters().list(Default::default()).await.unwrap()[..] else { panic!("one letter") };
    let text = letter.error.as_ref().unwrap().to_string();
    assert!(text.contains("published 64 handlers deep"), "{text}");
    // Else a started dispatcher would go round the circle again with each retry.
    assert_eq!(letter.status, LetterStatus::Dead);
}

#[tokio::test]
async fn a_circle_of_emitting_handlers_ends() {
    let (app, _) = build(HandlerRegistry::only(handlers![md_forever_emitting]));
    let receipt = app.publish(Measured { at: None }).await.unwrap();
    assert!(receipt.failures().is_empty());
    assert_eq!(log(&app).await.len(), 64);
    let [letter] = &app.dead_letters().list(Default::default()).await.unwrap()[..] else { panic!("one letter") };
    assert_eq!(letter.status, LetterStatus::Dead, "trying again would end the same way");
}

#[event_handler]
async fn md_too_deep(_: &Measured, app: &EventDispatcher, State(journal): State<&Journal>) {
    if let Err(error) = app.publish(Measured { at: None }).await {
        assert!(is_too_deep(&error), "{}", chain(&error));
        assert!(error.is_invalid());
        journal.note("too deep");
    }
}

#[tokio::test]
async fn too_deep_is_an_error_of_its_own_type() {
    let (app, journal) = build(HandlerRegistry::only(handlers![md_too_deep]));
    app.publish(Measured { at: None }).await.unwrap();
    assert_eq!(journal.lines(), ["too deep"]);
}
