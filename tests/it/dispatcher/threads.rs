//! Publishing that nobody waits for, from plain threads, and for the whole process.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, Waker};
use std::time::Duration;

use events::prelude::*;
use events::{ErrorKind, dispatcher};
use tokio::sync::Semaphore;

use super::{Ordered, Pinged, app, log, ordered};
use crate::support::{Fragile, Journal, eventually};

#[tokio::test]
async fn a_publish_that_is_dropped_before_its_first_poll_has_not_happened() {
    let (app, journal) = app(HandlerRegistry::only(handlers![super::ds_pinged]));
    drop(app.publish(Pinged));
    drop(app.publish_batch((Pinged, Pinged)));
    tokio::task::yield_now().await;
    assert_eq!((log(&app).await.len(), journal.lines().len()), (0, 0));
}

#[tokio::test]
async fn a_publish_that_is_dropped_later_goes_on() {
    let fragile = Fragile::new();
    let journal = Journal::default();
    let app = EventDispatcher::builder()
        .store(fragile.store())
        .handlers(HandlerRegistry::only(handlers![super::ds_pinged]))
        .state(journal.clone())
        .build()
        .unwrap();
    fragile.hold_appends();
    {
        let mut publishing = pin!(app.publish(Pinged));
        let mut cx = TaskContext::from_waker(Waker::noop());
        assert!(publishing.as_mut().poll(&mut cx).is_pending(), "it waits for the store");
    }
    assert!(journal.lines().is_empty());
    fragile.let_appends_through();
    eventually("the event is delivered", || async { journal.count("pinged") == 1 }).await;
    assert_eq!((log(&app).await.len(), app.stats().commits), (1, 1));
}

#[tokio::test]
async fn handlers_go_on_when_the_publisher_gives_up() {
    let (app, journal) = app(HandlerRegistry::none());
    let gate = Arc::new(Semaphore::new(0));
    let (noted, opened) = (journal.clone(), Arc::clone(&gate));
    app.subscribe(move |_: Arc<Pinged>| {
        let (noted, opened) = (noted.clone(), Arc::clone(&opened));
        async move {
            noted.note("waits");
            drop(opened.acquire().await);
            noted.note("done");
        }
    });
    let publishing = tokio::spawn({
        let app = app.clone();
        async move { app.publish(Pinged).await.map(drop) }
    });
    eventually("the handler waits", || async { journal.count("waits") == 1 }).await;
    publishing.abort();
    assert!(publishing.await.unwrap_err().is_cancelled());
    gate.add_permits(1);
    eventually("the handler is done", || async { journal.count("done") == 1 }).await;
}

#[test]
fn a_plain_thread_may_block() {
    let (app, journal) = app(HandlerRegistry::only(handlers![super::ds_pinged]));
    let receipt = app.publish_blocking(Pinged).unwrap();
    assert_eq!((receipt.events().len(), receipt.delivery().handled()), (1, 1));
    assert_eq!(journal.lines(), ["pinged"]);
}

#[tokio::test]
async fn a_runtime_s_thread_must_not_block() {
    let (app, journal) = app(HandlerRegistry::only(handlers![super::ds_pinged]));
    let error = app.publish_blocking(Pinged).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("await `publish`"), "{error}");
    let blocking = {
        let app = app.clone();
        std::thread::spawn(move || app.publish_blocking(Pinged).unwrap().delivery().handled())
    };
    assert_eq!(blocking.join().unwrap(), 1);
    assert_eq!((log(&app).await.len(), journal.lines().len()), (1, 1));
}

#[test]
fn a_sync_handler_must_not_block_either() {
    let (app, _) = app(HandlerRegistry::none());
    let inner = app.clone();
    app.subscribe(move |_: &Ordered| inner.publish_blocking(Pinged).map(drop));
    let receipt = app.publish_blocking(ordered("a")).unwrap();
    assert_eq!(receipt.failures().len(), 1);
    assert!(receipt.failures()[0].error().to_string().contains("`emit` the event in a sync handler"));
}

/// Guards: the runtime that `publish_blocking` makes for itself ends with it.
#[test]
fn what_is_given_up_during_a_blocking_publish_goes_on_all_the_same() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (app, journal) = runtime.block_on(async { app(HandlerRegistry::only(handlers![dt_gives_up_on])) });
    let gate = Arc::new(Semaphore::new(0));
    let (noted, opened) = (journal.clone(), Arc::clone(&gate));
    app.subscribe(move |_: Arc<Pinged>| {
        let (noted, opened) = (noted.clone(), Arc::clone(&opened));
        async move {
            drop(opened.acquire().await);
            noted.note("done");
        }
    });
    let receipt = app.publish_blocking(ordered("a")).unwrap();
    assert_eq!(receipt.failures()[0].class(), Class::Timeout);
    gate.add_permits(1);
    runtime.block_on(eventually("the handler is done", || async { journal.count("done") == 1 }));
}

#[event_handler(timeout = "1ms")]
async fn dt_gives_up_on(_: &Ordered, app: &EventDispatcher) -> Result<(), events::Error> {
    app.publish(Pinged).await.map(drop)
}

#[test]
fn a_commit_that_is_dropped_outside_of_a_runtime_goes_on_in_the_dispatcher_s() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let fragile = Fragile::new();
    let store = fragile.store();
    let app = runtime
        .block_on(async { EventDispatcher::builder().store(store).handlers(HandlerRegistry::none()).build().unwrap() });
    fragile.hold_appends();
    {
        let mut publishing = pin!(app.publish(Pinged));
        assert!(publishing.as_mut().poll(&mut TaskContext::from_waker(Waker::noop())).is_pending());
    }
    fragile.let_appends_through();
    runtime.block_on(eventually("the event is there", || async { log(&app).await.len() == 1 }));
}

#[test]
fn the_global_dispatcher_is_installed_once() {
    let on_a_runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert!(dispatcher::global().unwrap_err().is_not_found());
    let error = on_a_runtime().block_on(events::publish(Pinged)).unwrap_err();
    assert!(error.is_not_found() && error.to_string().contains("install_global"), "{error}");
    assert!(events::publish_blocking(Pinged).unwrap_err().is_not_found());

    let (app, journal) = app(HandlerRegistry::only(handlers![super::ds_pinged]));
    let (other, _) = super::app(HandlerRegistry::none());
    app.install_global().unwrap();
    assert!(other.install_global().unwrap_err().is_conflict());
    assert_eq!(events::publish_blocking(Pinged).unwrap().delivery().handled(), 1);
    let receipt = on_a_runtime().block_on(events::publish(Pinged)).unwrap();
    assert_eq!((receipt.delivery().handled(), journal.lines().len()), (1, 2));
    assert_eq!(dispatcher::global().unwrap().stats().events, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tasks_on_many_threads_may_publish() {
    let (app, journal) = app(HandlerRegistry::only(handlers![super::ds_pinged]));
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let app = app.clone();
            tokio::spawn(async move {
                for _ in 0..25 {
                    app.publish(Pinged).await.unwrap();
                    app.publish(ordered("a")).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        tokio::time::timeout(Duration::from_secs(60), task).await.unwrap().unwrap();
    }
    assert_eq!(journal.lines().len(), 200);
    let versions: Vec<_> = log(&app).await.iter().filter(|e| e.is::<Ordered>()).map(|e| e.version().value()).collect();
    assert_eq!(versions, (1..=200).collect::<Vec<_>>());
}

#[test]
fn polling_a_publish_that_is_ready_needs_no_runtime() {
    let (app, _) = app(HandlerRegistry::none());
    let mut publishing = pin!(app.publish(Pinged));
    let Poll::Ready(receipt) = publishing.as_mut().poll(&mut TaskContext::from_waker(Waker::noop())) else {
        panic!("a store in memory doesn't wait")
    };
    assert_eq!(receipt.unwrap().events().len(), 1);
}
