//! `EventDispatcher`: one way in, and what becomes of it.

mod blocking;
mod calls;
mod emit;
mod threads;

use events::commit::CommitStatus;
use events::prelude::*;
use events::store::{AppendError, LogQuery, Refusal};
use events::{Error, RecordedEvent};
use serde::{Deserialize, Serialize};

use crate::support::{Fragile, Journal, chain};

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "dispatcher.ordered", aggregate = "dispatcher.shop")]
struct Ordered {
    #[event(id)]
    shop: u64,
    what: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "dispatcher.pinged", no_stream)]
struct Pinged;

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "dispatcher.renamed", no_stream)]
struct RenamedV1;

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "dispatcher.renamed", version = 3, previous = RenamedV1, no_stream)]
struct Renamed;

impl From<RenamedV1> for Renamed {
    fn from(_: RenamedV1) -> Self {
        Self
    }
}

fn ordered(what: &str) -> Ordered {
    Ordered { shop: 1, what: what.to_owned() }
}

fn app(registry: HandlerRegistry) -> (EventDispatcher, Journal) {
    let journal = Journal::default();
    (EventDispatcher::builder().handlers(registry).state(journal.clone()).build().unwrap(), journal)
}

async fn log(app: &EventDispatcher) -> Vec<RecordedEvent> {
    app.store().read_log(LogQuery::new()).await.unwrap().into_events()
}

/// The append's own error within the one that `publish` answers with.
fn append_error(error: &Error) -> &AppendError {
    std::error::Error::source(error).and_then(|source| source.downcast_ref()).unwrap()
}

#[event_handler]
fn ds_ordered(event: &Ordered, metadata: &EventMetadata, State(journal): State<&Journal>) {
    journal.note(format!("{} {}", event.what, metadata.version().unwrap()));
}

#[event_handler]
fn ds_pinged(_: &Pinged, State(journal): State<&Journal>) {
    journal.note("pinged");
}

#[tokio::test]
async fn a_receipt_says_where_the_event_is_and_how_its_handlers_fared() {
    let (app, journal) = app(HandlerRegistry::only(handlers![ds_ordered]));
    app.publish(ordered("tea")).await.unwrap();
    let receipt = app.publish(ordered("milk")).await.unwrap();
    let [event] = receipt.events() else { panic!("{receipt:?}") };
    assert_eq!((receipt.status(), receipt.delivery().handled()), (CommitStatus::Committed, 1));
    assert_eq!((event.name.as_str(), event.stream.to_string()), ("dispatcher.ordered", "dispatcher.shop/1".to_owned()));
    assert_eq!((event.recording.version.value(), event.recording.position.value()), (2, 2));
    let stored = &log(&app).await[1];
    assert_eq!((stored.metadata().event_id(), stored.metadata().recording()), (event.event_id, Some(event.recording)));
    assert_eq!(stored.decode::<Ordered>().unwrap().what, "milk");
    assert_eq!(journal.lines(), ["tea 1", "milk 2"]);
}

#[tokio::test]
async fn a_batch_is_one_commit_and_is_delivered_in_its_order() {
    let (app, journal) = app(HandlerRegistry::only(handlers![ds_ordered, ds_pinged]));
    let receipt = app.publish_batch((ordered("a"), Pinged, ordered("b"))).await.unwrap();
    assert_eq!((receipt.events().len(), receipt.delivery().handled()), (3, 3));
    let receipt = app.publish_batch(vec![ordered("c"), ordered("d")]).await.unwrap();
    assert_eq!(receipt.events().iter().map(|event| event.recording.version.value()).collect::<Vec<_>>(), [3, 4]);
    assert_eq!(journal.lines(), ["a 1", "pinged", "b 2", "c 3", "d 4"]);
    let stats = app.stats();
    assert_eq!((stats.commits, stats.events, stats.duplicates, stats.retries), (2, 5, 0, 0));
    assert_eq!(stats.handlers[&"ds_ordered".into()].handled, 4);
}

#[tokio::test]
async fn a_batch_without_events_is_nothing() {
    let (app, _) = app(HandlerRegistry::none());
    let receipt = app.publish_batch(Vec::<Pinged>::new()).await.unwrap();
    assert_eq!((receipt.status(), receipt.events().len()), (CommitStatus::Empty, 0));
    assert!(!receipt.is_duplicate());
    assert_eq!((app.stats().commits, log(&app).await.len()), (0, 0));
}

#[tokio::test]
async fn nothing_of_a_batch_is_kept_when_one_event_is_refused() {
    let (app, journal) = app(HandlerRegistry::only(handlers![ds_ordered]));
    let error = app.publish_batch(vec![ordered("a"), ordered(&"x".repeat(1 << 20))]).await.unwrap_err();
    assert!(error.is_invalid());
    assert!(matches!(append_error(&error), AppendError::Refused(Refusal::TooLong { what: "payload", .. })));
    assert!(log(&app).await.is_empty() && journal.lines().is_empty());
}

#[tokio::test]
async fn the_same_event_again_is_answered_as_the_first_time_and_not_delivered() {
    let (app, journal) = app(HandlerRegistry::only(handlers![ds_ordered]));
    let id = EventId::now();
    let same = app.with(Context::new().with_event_id(id));
    let (first, again) = (same.publish(ordered("tea")).await.unwrap(), same.publish(ordered("tea")).await.unwrap());
    assert_eq!((first.status(), again.status()), (CommitStatus::Committed, CommitStatus::Duplicate));
    assert_eq!((first.is_duplicate(), again.is_duplicate()), (false, true));
    assert_eq!(first.events(), again.events());
    assert_eq!((again.delivery().handled(), again.failures().len()), (0, 0));
    assert_eq!((log(&app).await.len(), journal.lines().len(), app.stats().duplicates), (1, 1, 1));
}

#[tokio::test]
async fn of_racing_publishes_with_one_id_one_is_the_first() {
    let fragile = Fragile::new().yielding();
    let recorder = events::testing::Recorder::<Pinged>::new();
    let app = EventDispatcher::builder().store(fragile.store()).handlers(HandlerRegistry::none()).build().unwrap();
    app.subscribe(recorder.clone());
    let app = app.with(Context::new().with_event_id(EventId::now()));
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let app = app.clone();
            tokio::spawn(async move { app.publish(Pinged).await.unwrap().is_duplicate() })
        })
        .collect();
    let mut first = 0;
    for task in tasks {
        first += usize::from(!task.await.unwrap());
    }
    assert_eq!((first, recorder.calls(), log(&app).await.len()), (1, 1, 1));
}

#[tokio::test]
async fn an_id_is_not_given_to_a_second_event() {
    let (app, journal) = app(HandlerRegistry::only(handlers![ds_ordered]));
    let id = EventId::now();
    let app = app.with(Context::new().with_event_id(id));
    app.publish(ordered("tea")).await.unwrap();
    for error in [app.publish(ordered("milk")).await.unwrap_err(), app.publish(Pinged).await.unwrap_err()] {
        assert!(error.is_invalid());
        assert!(matches!(append_error(&error), AppendError::EventIdReused { event_id } if *event_id == id));
    }
    let error = app.publish_batch((ordered("tea"), Pinged)).await.unwrap_err();
    assert!(matches!(append_error(&error), AppendError::Refused(Refusal::EventIdForSeveral { events: 2 })));
    assert_eq!((log(&app).await.len(), journal.lines().len()), (1, 1));
}

#[tokio::test]
async fn an_old_version_is_refused_and_its_successor_is_not() {
    let (app, _) = app(HandlerRegistry::none());
    for error in [app.publish(RenamedV1).await.unwrap_err(), app.publish_batch((Pinged, RenamedV1)).await.unwrap_err()]
    {
        assert!(error.is_invalid());
        let refused = append_error(&error);
        assert!(
            matches!(refused, AppendError::Refused(Refusal::OldVersion { event: "dispatcher.renamed", version }) if version.value() == 1),
            "{refused:?}"
        );
    }
    assert_eq!(app.publish(Renamed).await.unwrap().events().len(), 1);
    assert_eq!(log(&app).await.len(), 1);
}

#[tokio::test]
async fn a_store_that_fails_calls_nobody() {
    let fragile = Fragile::new();
    let journal = Journal::default();
    let app = EventDispatcher::builder()
        .store(fragile.store())
        .handlers(HandlerRegistry::only(handlers![ds_pinged]))
        .state(journal.clone())
        .build()
        .unwrap();
    fragile.fail_appends(true);
    let error = app.publish(Pinged).await.unwrap_err();
    assert!(error.is_unavailable() && chain(&error).contains("appends fail now"), "{}", chain(&error));
    assert_eq!((journal.lines().len(), app.stats().commits), (0, 0));
    fragile.fail_appends(false);
    assert_eq!(app.publish(Pinged).await.unwrap().delivery().handled(), 1);
}

#[tokio::test]
async fn a_closed_store_is_an_error() {
    let (app, _) = app(HandlerRegistry::none());
    app.store().close().await.unwrap();
    assert!(app.publish(Pinged).await.unwrap_err().is_unavailable());
}

#[tokio::test]
async fn two_dispatchers_on_one_store_share_its_events_and_not_their_handlers() {
    let store = EventStore::memory();
    let build = |registry| {
        let journal = Journal::default();
        let builder = EventDispatcher::builder().store(store.clone()).handlers(registry).state(journal.clone());
        (builder.build().unwrap(), journal)
    };
    let (web, quiet) = build(HandlerRegistry::none());
    let (worker, busy) = build(HandlerRegistry::only(handlers![ds_ordered]));
    web.publish(ordered("a")).await.unwrap();
    worker.publish(ordered("b")).await.unwrap();
    assert_eq!((quiet.lines().len(), busy.lines()), (0, vec!["b 2".to_owned()]));
    assert_eq!((log(&web).await.len(), web.stats().events), (2, 1));
}
