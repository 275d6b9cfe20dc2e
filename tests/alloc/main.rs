//! Publishing on an `EventBus` allocates nothing, whether one handler is called or sixteen.
//!
//! The allocator that counts is a whole program's, so this is a program of its own. It counts per
//! thread: what the test harness does meanwhile isn't seen.

use std::sync::atomic::{AtomicU64, Ordering};

use allocation_counter::{AllocationInfo, measure};
use events::StartError;
use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "user")]
struct UserRegistered {
    #[event(id)]
    user_id: Uuid,
    email: String,
}

/// What the handlers have seen, so that none of them is optimised away.
static SEEN: AtomicU64 = AtomicU64::new(0);

fn see(event: &UserRegistered, metadata: &EventMetadata) {
    assert_eq!(metadata.name().as_str(), "user_registered");
    SEEN.fetch_add(event.email.len() as u64, Ordering::Relaxed);
}

macro_rules! seeing {
    ($($handler:ident)*) => {
        $(
            #[event_handler]
            fn $handler(event: &UserRegistered, metadata: &EventMetadata) {
                see(event, metadata);
            }
        )*
    };
}

seeing!(a1 a2 a3 a4 a5 a6 a7 a8 a9 a10 a11 a12 a13 a14 a15 a16);

/// A handler that takes what handlers can take, fails never, and says what it did.
#[event_handler]
fn elaborate(
    _: &Envelope<UserRegistered>,
    metadata: &EventMetadata,
    State(limit): State<&u64>,
    attempt: Attempt,
) -> Result<Outcome, std::num::ParseIntError> {
    assert!(metadata.correlation_id().as_uuid() == metadata.event_id().as_uuid() && attempt.is_first());
    Ok(if *limit > 0 { Outcome::Done } else { Outcome::Ignored })
}

/// One that allocates: what the counter has to see.
#[event_handler]
fn wasteful(event: &UserRegistered) {
    let copy = std::hint::black_box(event.email.clone());
    SEEN.fetch_add(copy.len() as u64, Ordering::Relaxed);
}

/// What 100 publishes cost, after one that warms up, on a bus with these handlers.
fn cost(registry: HandlerRegistry, handlers: usize) -> Result<AllocationInfo, StartError> {
    let bus = EventBus::builder().handlers(registry).state(1_u64).build()?;
    let event = UserRegistered { user_id: Uuid::now_v7(), email: "ada@example.com".to_owned() };
    assert_eq!(bus.publish(&event).handled(), handlers);
    Ok(measure(|| {
        for _ in 0..100 {
            let delivery = bus.publish(&event);
            assert_eq!((delivery.handled(), delivery.failures().len()), (handlers, 0));
        }
    }))
}

#[test]
fn one_handler_costs_nothing() {
    assert_eq!(cost(HandlerRegistry::only(handlers![a1]), 1).unwrap(), AllocationInfo::default());
}

#[test]
fn four_handlers_cost_nothing() {
    assert_eq!(cost(HandlerRegistry::only(handlers![a1, a2, a3, a4]), 4).unwrap(), AllocationInfo::default());
}

#[test]
fn sixteen_handlers_cost_nothing() {
    let registry =
        HandlerRegistry::only(handlers![a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16]);
    assert_eq!(cost(registry, 16).unwrap(), AllocationInfo::default());
}

#[test]
fn extractors_and_answers_cost_nothing() {
    assert_eq!(cost(HandlerRegistry::only(handlers![elaborate]), 1).unwrap(), AllocationInfo::default());
}

#[test]
fn the_counter_counts() {
    let info = cost(HandlerRegistry::only(handlers![a1, wasteful]), 2).unwrap();
    assert_eq!((info.count_total, info.count_current), (100, 0), "{info:?}");
}
