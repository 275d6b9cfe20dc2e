//! `AsyncEventBus`: sync and async handlers side by side.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context as TaskContext, Poll, Waker};
use std::time::Duration;

use events::bus::from_fn;
use events::prelude::*;
use serde::{Deserialize, Serialize};
use tokio::sync::{Barrier, Semaphore};
use tokio::time::Instant;

use crate::support::{Journal, chain, eventually};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DomainEvent)]
#[event(name = "async_bus.pinged", no_stream)]
struct Pinged {
    hops: u8,
}

const PING: Pinged = Pinged { hops: 0 };

#[event_handler]
async fn ab_meets(_: &Pinged, State(barrier): State<&Barrier>) {
    barrier.wait().await;
}

#[event_handler]
async fn ab_meets_too(_: &Pinged, State(barrier): State<&Barrier>) {
    barrier.wait().await;
}

#[tokio::test(start_paused = true)]
async fn handlers_of_equal_priority_wait_side_by_side() {
    let bus = AsyncEventBus::builder()
        .handlers(HandlerRegistry::only(handlers![ab_meets, ab_meets_too]))
        .state(Barrier::new(2))
        .build()
        .unwrap();
    assert_eq!(bus.publish(PING).await.into_result().unwrap(), 2);
}

#[event_handler(priority = 5)]
async fn ab_first(_: &Pinged, State(journal): State<&Journal>) {
    journal.note("first begins");
    tokio::time::sleep(Duration::from_secs(1)).await;
    journal.note("first ends");
}

#[event_handler]
fn ab_second(_: &Pinged, State(journal): State<&Journal>) {
    journal.note("second");
}

#[event_handler(priority = -5)]
async fn ab_third(_: &Pinged, State(journal): State<&Journal>) {
    journal.note("third");
}

#[tokio::test(start_paused = true)]
async fn a_lower_priority_begins_when_all_of_a_higher_one_have_ended() {
    let journal = Journal::default();
    let bus = AsyncEventBus::builder()
        .handlers(HandlerRegistry::only(handlers![ab_third, ab_second, ab_first]))
        .state(journal.clone())
        .build()
        .unwrap();
    assert_eq!(bus.publish(PING).await.into_result().unwrap(), 3);
    assert_eq!(journal.lines(), ["first begins", "first ends", "second", "third"]);
}

/// How many calls are under way, and how many there were at most.
#[derive(Clone, Default)]
struct Gauge(Arc<(AtomicUsize, AtomicUsize)>);

impl Gauge {
    fn enter(&self) -> impl Drop + use<> {
        struct Leave(Gauge);
        impl Drop for Leave {
            fn drop(&mut self) {
                self.0.0.0.fetch_sub(1, Ordering::SeqCst);
            }
        }
        let now = self.0.0.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.1.fetch_max(now, Ordering::SeqCst);
        Leave(self.clone())
    }

    fn now(&self) -> usize {
        self.0.0.load(Ordering::SeqCst)
    }

    fn most(&self) -> usize {
        self.0.1.load(Ordering::SeqCst)
    }
}

fn busy_bus(handlers: usize, limit: usize) -> (AsyncEventBus, Gauge) {
    let gauge = Gauge::default();
    let bus = AsyncEventBus::builder().handlers(HandlerRegistry::none()).concurrency(limit).build().unwrap();
    for _ in 0..handlers {
        let gauge = gauge.clone();
        bus.subscribe(move |_: Arc<Pinged>| {
            let gauge = gauge.clone();
            async move {
                let _busy = gauge.enter();
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
    }
    (bus, gauge)
}

#[tokio::test(start_paused = true)]
async fn no_more_handlers_wait_than_the_limit_allows() {
    for (limit, seconds) in [(0, 9), (1, 9), (2, 5), (8, 2), (9, 1), (64, 1)] {
        let (bus, gauge) = busy_bus(9, limit);
        let started = Instant::now();
        assert_eq!(bus.publish(PING).await.into_result().unwrap(), 9);
        assert_eq!((gauge.most(), gauge.now()), (limit.clamp(1, 9), 0));
        assert_eq!(started.elapsed().as_secs(), seconds, "limit {limit}");
    }
}

#[event_handler]
async fn ab_never(_: &Pinged) {
    std::future::pending().await
}

#[event_handler(timeout = "30ms")]
async fn ab_never_briefly(_: &Pinged) {
    std::future::pending().await
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_takes_too_long_is_given_up_after_its_own_time() {
    let registry = || HandlerRegistry::only(handlers![ab_never, ab_never_briefly, ab_second]);
    for (limit, expected) in [(None, 5_000), (Some(Duration::from_secs(1)), 1_000), (Some(Duration::ZERO), 30)] {
        let journal = Journal::default();
        let builder = AsyncEventBus::builder().handlers(registry()).state(journal.clone());
        let builder = if let Some(limit) = limit { builder.timeout(limit) } else { builder };
        let bus = builder.build().unwrap();
        let started = Instant::now();
        let delivery = bus.publish(PING).await;
        // The timer's resolution is a millisecond.
        let elapsed = started.elapsed().as_millis();
        assert!((expected..=expected + 2).contains(&elapsed), "{elapsed} ms");
        let mut failures: Vec<_> = delivery.failures().iter().map(|f| (f.handler().as_str(), f.class())).collect();
        failures.sort_unstable();
        assert_eq!(failures, [("ab_never", Class::Timeout), ("ab_never_briefly", Class::Timeout)]);
        assert_eq!((delivery.handled(), journal.count("second")), (1, 1));
    }
}

#[event_handler]
fn ab_panics(_: &Pinged) {
    panic!("at once");
}

#[event_handler]
async fn ab_panics_async(_: &Pinged) {
    panic!("in the first poll");
}

#[event_handler]
async fn ab_panics_later(_: &Pinged) {
    tokio::task::yield_now().await;
    panic!("in the second poll");
}

#[tokio::test]
async fn a_panic_touches_no_other_handler() {
    let journal = Journal::default();
    let bus = AsyncEventBus::builder()
        .handlers(HandlerRegistry::only(handlers![ab_panics, ab_panics_async, ab_panics_later, ab_first, ab_third]))
        .state(journal.clone())
        .timeout(Duration::from_secs(60))
        .build()
        .unwrap();
    bus.subscribe(|_: &Pinged| -> () { std::panic::panic_any(1_u8) });
    tokio::time::pause();
    let delivery = bus.publish(PING).await;
    assert_eq!((delivery.handled(), delivery.failures().len()), (2, 4));
    assert!(delivery.failures().iter().all(|failure| failure.class() == Class::Panic));
    assert_eq!(journal.lines(), ["first begins", "first ends", "third"]);
}

/// Panics when it is dropped, unless a panic is under way already.
struct Grenade;

impl Drop for Grenade {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "dropped");
    }
}

#[event_handler]
async fn ab_grenade(_: &Pinged) {
    let _grenade = Grenade;
    std::future::pending::<()>().await;
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_panics_while_it_is_given_up_touches_no_other() {
    let journal = Journal::default();
    let bus = AsyncEventBus::builder()
        .handlers(HandlerRegistry::only(handlers![ab_grenade, ab_third]))
        .state(journal.clone())
        .build()
        .unwrap();
    let delivery = bus.publish(PING).await;
    assert_eq!((delivery.handled(), delivery.failures().len()), (1, 1));
    assert_eq!(journal.lines(), ["third"]);
}

#[tokio::test]
async fn the_first_middleware_is_the_outermost_and_sees_each_call() {
    let journal = Journal::default();
    let wrap = |name: &'static str| {
        let journal = journal.clone();
        from_fn(move |context, next| {
            let journal = journal.clone();
            Box::pin(async move {
                journal.note(format!("{name} before {}", context.handler()));
                let result = next.run(context).await;
                journal.note(format!("{name} after"));
                result
            })
        })
    };
    let bus = AsyncEventBus::builder()
        .handlers(HandlerRegistry::only(handlers![ab_second]))
        .state(journal.clone())
        .middleware(wrap("outer"))
        .middleware(wrap("inner"))
        .build()
        .unwrap();
    bus.publish(PING).await.into_result().unwrap();
    let expected = ["outer before ab_second", "inner before ab_second", "second", "inner after", "outer after"];
    assert_eq!(journal.lines(), expected);
}

#[tokio::test]
async fn a_middleware_can_keep_a_handler_from_being_called() {
    let journal = Journal::default();
    let bus = AsyncEventBus::builder()
        .handlers(HandlerRegistry::only(handlers![ab_second, ab_third]))
        .state(journal.clone())
        .middleware(from_fn(|context, next| {
            if context.handler() == "ab_second" {
                return Box::pin(async { Ok(()) });
            }
            next.run(context)
        }))
        .build()
        .unwrap();
    assert_eq!(bus.publish(PING).await.into_result().unwrap(), 2);
    assert_eq!(journal.lines(), ["third"]);
}

/// Guards: what a middleware does before it makes its future was outside of the net.
#[tokio::test]
async fn a_middleware_that_panics_counts_as_the_handler() {
    let journal = Journal::default();
    let bus = AsyncEventBus::builder()
        .handlers(HandlerRegistry::only(handlers![ab_second, ab_third]))
        .state(journal.clone())
        .middleware(from_fn(|context, next| {
            assert!(context.handler() != "ab_second", "before there is a future");
            next.run(context)
        }))
        .build()
        .unwrap();
    let delivery = bus.publish(PING).await;
    assert_eq!((delivery.handled(), delivery.failures()[0].class()), (1, Class::Panic));
    assert_eq!(journal.lines(), ["third"]);
}

#[tokio::test]
async fn an_event_can_have_many_handlers() {
    for handlers in [3, 4, 5, 40] {
        let journal = Journal::default();
        let bus = AsyncEventBus::builder().handlers(HandlerRegistry::none()).build().unwrap();
        for number in 0..handlers {
            let journal = journal.clone();
            bus.subscribe(move |event: &Pinged| journal.note(format!("{number} {}", event.hops)));
        }
        assert_eq!(bus.publish(Pinged { hops: 1 }).await.handled(), handlers);
        assert_eq!(journal.lines(), (0..handlers).map(|number| format!("{number} 1")).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn dropping_the_publish_drops_the_handlers_under_way() {
    let (bus, gauge) = busy_bus(3, 64);
    let bus = Arc::new(bus);
    let publishing = tokio::spawn({
        let bus = Arc::clone(&bus);
        async move { bus.publish(PING).await.handled() }
    });
    eventually("three handlers wait", || async { gauge.now() == 3 }).await;
    publishing.abort();
    assert!(publishing.await.unwrap_err().is_cancelled());
    assert_eq!(gauge.now(), 0);
}

#[event_handler]
fn ab_emits(_: &Pinged) -> Result<(), events::Error> {
    events::emit(PING)
}

#[tokio::test]
async fn nothing_can_be_emitted_on_a_bus_alone() {
    let bus = AsyncEventBus::builder().handlers(HandlerRegistry::only(handlers![ab_emits])).build().unwrap();
    let error = bus.publish(PING).await.into_result().unwrap_err();
    assert!(chain(&error).contains("`emit` works in the handlers of the dispatcher only"), "{}", chain(&error));
}

#[event_handler]
async fn ab_waits(_: &Pinged) {
    std::future::pending().await
}

#[test]
fn a_handler_that_waits_without_a_timer_has_failed_and_does_not_panic() {
    let bus = AsyncEventBus::builder().handlers(HandlerRegistry::only(handlers![ab_waits])).build().unwrap();
    let mut cx = TaskContext::from_waker(Waker::noop());
    let Poll::Ready(without_runtime) = pin!(bus.publish(PING)).poll(&mut cx) else { panic!("it waits") };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for delivery in [without_runtime, runtime.block_on(bus.publish(PING))] {
        assert_eq!(delivery.failures().len(), 1);
        assert!(chain(delivery.failures()[0].error().error()).contains("no tokio runtime with time enabled"));
    }
}

#[test]
fn handlers_that_are_ready_at_once_need_no_runtime() {
    let journal = Journal::default();
    let bus = AsyncEventBus::builder()
        .handlers(HandlerRegistry::only(handlers![ab_second, ab_third]))
        .state(journal.clone())
        .build()
        .unwrap();
    let mut publishing = pin!(bus.publish(PING));
    let mut cx = TaskContext::from_waker(Waker::noop());
    let Poll::Ready(delivery) = publishing.as_mut().poll(&mut cx) else { panic!("it waits") };
    assert_eq!((delivery.handled(), journal.lines().len()), (2, 2));
}

#[tokio::test]
async fn a_bus_can_be_used_by_many_tasks_at_once() {
    let gate = Arc::new(Semaphore::new(0));
    let bus = Arc::new(AsyncEventBus::builder().handlers(HandlerRegistry::none()).build().unwrap());
    let (seen, open) = (Journal::default(), Arc::clone(&gate));
    let noted = seen.clone();
    bus.subscribe(move |event: Arc<Pinged>| {
        let (noted, open) = (noted.clone(), Arc::clone(&open));
        async move {
            noted.note("waits");
            drop(open.acquire().await);
            noted.note(event.hops.to_string());
        }
    });
    let tasks: Vec<_> = (0..20)
        .map(|hops| {
            let bus = Arc::clone(&bus);
            tokio::spawn(async move { bus.publish(Pinged { hops }).await.handled() })
        })
        .collect();
    eventually("all twenty are under way", || async { seen.count("waits") == 20 }).await;
    gate.add_permits(1);
    for task in tasks {
        assert_eq!(task.await.unwrap(), 1);
    }
    assert!((0..20).all(|hops| seen.count(&hops.to_string()) == 1));
}
