//! Handlers that keep a thread of the runtime for too long.

use std::time::{Duration, Instant};

use events::handler::HandlerRegistration;
use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "blocking.ping", no_stream)]
struct Ping;

/// Does nothing, and lets nobody else do anything, for longer than the limit of a millisecond.
fn block() {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(3) {
        std::hint::spin_loop();
    }
}

#[event_handler]
fn block_at_once(_: &Ping) {
    block();
}

#[event_handler]
async fn block_at_first(_: &Ping) {
    block();
    tokio::task::yield_now().await;
}

#[event_handler]
async fn block_after_a_while(_: &Ping) -> Result<(), &'static str> {
    tokio::task::yield_now().await;
    block();
    Err("it has failed, too")
}

#[event_handler(durable(from = "start"))]
async fn block_durably(_: &Ping) {
    tokio::task::yield_now().await;
    block();
}

/// How often each has blocked by the time that all of an event is settled.
async fn blocked(app: &EventDispatcher) -> Vec<(String, u64)> {
    let receipt = app.publish(Ping).await.unwrap();
    app.settled(&receipt).await.unwrap();
    app.stats().handlers.iter().map(|(name, stats)| (name.to_string(), stats.blocked)).collect()
}

fn all() -> Vec<&'static HandlerRegistration> {
    handlers![block_at_once, block_at_first, block_after_a_while, block_durably]
}

#[tokio::test]
async fn each_that_keeps_its_thread_is_counted() {
    let builder = EventDispatcher::builder().handlers(HandlerRegistry::only(all())).retry(RetryPolicy::never());
    let app = builder.block_limit(Duration::from_millis(1)).start().await.unwrap();
    let names = ["block_after_a_while", "block_at_first", "block_at_once", "block_durably"];
    let counted = blocked(&app).await;
    assert!(counted.iter().map(|(name, _)| name).eq(&names), "{counted:?}");
    // A poll that does nothing takes longer, too, where the machine is busy.
    assert!(counted.iter().all(|(_, count)| *count >= 1), "{counted:?}");
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_keeps_within_the_limit_is_not() {
    let builder = EventDispatcher::builder().handlers(HandlerRegistry::only(all())).retry(RetryPolicy::never());
    let app = builder.block_limit(Duration::from_secs(3_600)).start().await.unwrap();
    assert!(blocked(&app).await.iter().all(|(_, count)| *count == 0));
    app.shutdown().await.unwrap();
}

/// Nobody has asked for it.
#[tokio::test]
async fn a_dispatcher_that_was_not_started_does_not_look() {
    let builder = EventDispatcher::builder().handlers(HandlerRegistry::only(handlers![block_at_once]));
    let app = builder.block_limit(Duration::ZERO).build().unwrap();
    app.publish(Ping).await.unwrap();
    assert_eq!(app.stats().handlers.values().map(|stats| stats.blocked).sum::<u64>(), 0);
}
