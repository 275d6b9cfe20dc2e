//! What is registered, and everything that can be wrong with it at start.
//!
//! The mistakes are registrations written by hand, so that they aren't linked into everybody's.

mod twins;

use std::fmt;
use std::pin::pin;
use std::task::{Context as TaskContext, Poll, Waker};

use events::event::{EventSpec, SourceLocation};
use events::handler::{Call, EventSelector, HandlerRegistration, HandlerSpec, IntoHandlerResult, Requirement};
use events::prelude::*;
use events::{Error, EventDescriptor, Problem, SchemaVersion, StartError};
use serde::{Deserialize, Serialize};

use crate::support::chain;

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "catalog.pinged", no_stream)]
struct Pinged;

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "catalog.moved", no_stream)]
struct MovedV1;

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "catalog.moved", version = 2, previous = MovedV1, no_stream)]
struct Moved;

impl From<MovedV1> for Moved {
    fn from(_: MovedV1) -> Self {
        Self
    }
}

/// Not linked, so that it is known only where a handler names it.
#[derive(Serialize, Deserialize)]
struct Twin;

impl DomainEvent for Twin {
    type Id = EventId;

    const DESCRIPTOR: &'static EventDescriptor = &EventDescriptor::new::<Self>(EventSpec {
        name: "catalog.pinged",
        version: 1,
        kind: EventType::Domain,
        aggregate: None,
        fields: &[],
        previous: None,
        location: place("Twin", 7),
    });

    fn aggregate_id(&self) -> Option<&EventId> {
        None
    }

    fn decode(_: SchemaVersion, _: &str) -> Result<Self, events::DecodeError> {
        Ok(Self)
    }
}

const fn place(item: &'static str, line: u32) -> SourceLocation {
    SourceLocation::new("it::catalog", item, "catalog.rs", line)
}

/// A handler of `Pinged` that needs nothing.
const fn spec(name: &'static str, line: u32) -> HandlerSpec {
    HandlerSpec {
        name,
        events: EventSelector::Only(&[Pinged::DESCRIPTOR]),
        call: Call::Sync(|_| ().into_handler_result()),
        priority: 0,
        timeout: None,
        durable: None,
        retry: None,
        requires: &[],
        location: place(name, line),
    }
}

static FIRST: HandlerRegistration = HandlerRegistration::new(spec("catalog_same", 10));
static SECOND: HandlerRegistration = HandlerRegistration::new(spec("catalog_same", 20));
static LINKED: HandlerRegistration = HandlerRegistration::new(spec("catalog_linked_twice", 30));
static LINKED_AGAIN: HandlerRegistration = HandlerRegistration::new(spec("catalog_linked_twice", 30));
static NEEDY: HandlerRegistration = HandlerRegistration::new(HandlerSpec {
    requires: &[Requirement::state::<String>, Requirement::state::<u128>, || Requirement::Dispatcher],
    ..spec("catalog_needy", 40)
});
static BACKWARD: HandlerRegistration = HandlerRegistration::new(HandlerSpec {
    events: EventSelector::Only(&[Pinged::DESCRIPTOR, MovedV1::DESCRIPTOR]),
    ..spec("catalog_backward", 50)
});
static OF_TWIN: HandlerRegistration = HandlerRegistration::new(HandlerSpec {
    events: EventSelector::Only(&[Twin::DESCRIPTOR]),
    ..spec("catalog_of_twin", 60)
});
static ASYNC: HandlerRegistration = HandlerRegistration::new(HandlerSpec {
    call: Call::Async(|_| Box::pin(async { ().into_handler_result() })),
    requires: &[Requirement::state::<String>],
    ..spec("catalog_async", 70)
});
static URGENT: HandlerRegistration =
    HandlerRegistration::new(HandlerSpec { priority: i32::MAX, ..spec("catalog_urgent", 80) });
static LAZY: HandlerRegistration =
    HandlerRegistration::new(HandlerSpec { priority: i32::MIN, ..spec("catalog_lazy", 90) });

fn problems<T: fmt::Debug>(result: Result<T, StartError>) -> Vec<Problem> {
    result.unwrap_err().problems().to_vec()
}

fn app(handlers: impl IntoIterator<Item = &'static HandlerRegistration>) -> Result<EventDispatcher, StartError> {
    EventDispatcher::builder().handlers(HandlerRegistry::only(handlers)).build()
}

#[test]
fn all_problems_come_in_one_error_in_an_order_that_is_always_the_same() {
    let all = [&OF_TWIN, &BACKWARD, &NEEDY, &LINKED, &LINKED_AGAIN, &SECOND, &FIRST];
    let expected = [
        Problem::DuplicateState { type_name: "u8" },
        Problem::DuplicateHandler { name: "catalog_same", first: FIRST.location(), second: SECOND.location() },
        Problem::DuplicateEvent {
            name: "catalog.pinged",
            first: Pinged::DESCRIPTOR.location(),
            second: Twin::DESCRIPTOR.location(),
        },
        Problem::OldVersion {
            handler: "catalog_backward",
            event: "catalog.moved",
            version: 1,
            location: BACKWARD.location(),
        },
        Problem::MissingState {
            handler: "catalog_needy",
            type_name: "alloc::string::String",
            location: NEEDY.location(),
        },
        Problem::MissingState { handler: "catalog_needy", type_name: "u128", location: NEEDY.location() },
    ];
    for rotation in 0..all.len() {
        let handlers = all.iter().cycle().skip(rotation).take(all.len()).copied();
        let registry = HandlerRegistry::only(handlers);
        let error = EventDispatcher::builder().handlers(registry).state(1_u8).state(2_u8).build().unwrap_err();
        assert_eq!(error.problems(), expected, "{error}");
        let text = error.to_string();
        assert!(text.starts_with("can't start, for 6 reasons:\n  1. ") && text.contains("\n  6. handler"), "{text}");
        let error = Error::from(error);
        assert!(error.is_invalid() && chain(&error).contains("two handlers are named `catalog_same`"));
    }
}

#[test]
fn a_bus_alone_refuses_what_needs_a_dispatcher_or_a_runtime() {
    let registry = || HandlerRegistry::only([&NEEDY, &ASYNC]);
    let needs_dispatcher = Problem::NeedsDispatcher { handler: "catalog_needy", location: NEEDY.location() };
    let is_async = Problem::AsyncHandler { handler: "catalog_async", location: ASYNC.location() };
    let on_sync = EventBus::builder().handlers(registry()).state(String::new()).state(1_u128).build();
    assert_eq!(problems(on_sync), [is_async, needs_dispatcher.clone()]);
    let on_async = AsyncEventBus::builder().handlers(registry()).state(String::new()).state(1_u128).build();
    assert_eq!(problems(on_async), [needs_dispatcher]);
    let missing = EventBus::builder().handlers(HandlerRegistry::only([&ASYNC])).sync_only().build();
    assert!(missing.is_ok(), "what isn't called needs no state");
    let given = EventDispatcher::builder().handlers(registry()).state(String::new()).state(1_u128).build();
    assert!(given.is_ok());
}

#[test]
fn starting_needs_a_runtime_and_building_does_not() {
    let builder = || EventDispatcher::builder().handlers(HandlerRegistry::none());
    let mut starting = pin!(builder().start());
    let Poll::Ready(started) = starting.as_mut().poll(&mut TaskContext::from_waker(Waker::noop())) else {
        panic!("it waits")
    };
    let error = started.unwrap_err();
    assert_eq!(error.problems(), [Problem::NoRuntime]);
    assert!(error.to_string().contains("call `.start()` in `#[tokio::main]`"), "{error}");
    assert!(builder().build().is_ok());
}

#[test]
fn every_problem_says_what_to_do_and_where() {
    let text = |handlers: &[&'static HandlerRegistration]| app(handlers.iter().copied()).unwrap_err().to_string();
    let same = text(&[&FIRST, &SECOND]);
    assert!(
        same.contains("name = \"…\"") && same.contains("catalog.rs:10") && same.contains("catalog.rs:20"),
        "{same}"
    );
    let twin = text(&[&OF_TWIN]);
    assert!(twin.contains("previous = …") && twin.contains("catalog.rs:7"), "{twin}");
    let needy = text(&[&NEEDY]);
    assert!(needy.contains("takes a `alloc::string::String`: add `.state(…)`"), "{needy}");
    let backward = text(&[&BACKWARD]);
    assert!(backward.contains("`catalog.moved` version 1") && backward.contains("catalog.rs:50"), "{backward}");
}

#[event_handler]
fn catalog_pinged(_: &Pinged) {}

#[event_handler]
fn catalog_moved(_: &Moved) {}

struct Watcher;

#[event_handler]
impl Watcher {
    fn pinged(&self, _: &Pinged) {}

    async fn moved(&self, _: &Moved) {}
}

fn names(registry: HandlerRegistry) -> Vec<&'static str> {
    let app = EventDispatcher::builder().handlers(registry).state(Watcher).build().unwrap();
    app.catalog().handlers().iter().map(|handler| handler.name()).collect()
}

#[test]
fn a_process_chooses_its_handlers() {
    assert_eq!(names(HandlerRegistry::none()), [""; 0]);
    assert_eq!(names(HandlerRegistry::only(handlers![])), [""; 0]);
    assert_eq!(names(HandlerRegistry::only(handlers![catalog_pinged])), ["catalog_pinged"]);
    let both = HandlerRegistry::only(handlers![Watcher, catalog_moved]);
    assert_eq!(names(both.clone()), ["Watcher.moved", "Watcher.pinged", "catalog_moved"]);
    assert_eq!(names(both.clone().without(handlers![Watcher])), ["catalog_moved"]);
    assert_eq!(
        names(both.with(handlers![catalog_pinged]).without(handlers![Watcher, catalog_moved])),
        ["catalog_pinged"]
    );
    let last_one_counts = HandlerRegistry::none().with(handlers![catalog_moved]);
    assert_eq!(names(last_one_counts), ["catalog_moved"]);
}

#[test]
fn naming_a_handler_twice_is_no_mistake() {
    let registry = HandlerRegistry::only(handlers![catalog_pinged, catalog_moved, catalog_pinged]);
    assert_eq!(names(registry.with(handlers![catalog_moved])), ["catalog_moved", "catalog_pinged"]);
    let linked = HandlerRegistry::linked().with(handlers![catalog_pinged]);
    let found = linked.clone().without(handlers![catalog_moved]);
    let listed = format!("{:?}", (linked, found));
    assert!(listed.contains("catalog_pinged"), "{listed}");
}

#[test]
fn handlers_are_listed_in_the_order_of_their_calls() {
    let registry = HandlerRegistry::only([&LAZY, &URGENT, &FIRST]).with(handlers![catalog_pinged]);
    assert_eq!(names(registry), ["catalog_urgent", "catalog_pinged", "catalog_same", "catalog_lazy"]);
}

#[test]
fn the_catalog_of_the_program_lists_what_is_linked() {
    let catalog = events::catalog();
    let listed: Vec<_> = catalog.handlers().iter().map(|handler| handler.name()).collect();
    for name in ["catalog_pinged", "catalog_moved", "Watcher.pinged", "Watcher.moved"] {
        assert_eq!(listed.iter().filter(|listed| **listed == name).count(), 1, "{name}");
    }
    let moved: Vec<_> = catalog.events().iter().filter(|event| event.name() == "catalog.moved").collect();
    assert_eq!(moved.iter().map(|event| event.version().value()).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(catalog.event("catalog.moved").map(|event| event.version().value()), Some(2));
    assert!(catalog.event("catalog.never").is_none());
    let text = catalog.to_string();
    for line in ["catalog.moved v1  (a stream of its own)", "catalog.moved v2", "catalog_moved  catalog.moved"] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(text.contains("tests/it/catalog.rs:") || text.contains("it/catalog.rs:"), "{text}");
}

#[test]
fn a_handler_of_all_events_is_no_old_version() {
    static ALL: HandlerRegistration =
        HandlerRegistration::new(HandlerSpec { events: EventSelector::All, ..spec("catalog_all", 100) });
    assert!(app([&ALL]).is_ok());
    assert_eq!(problems(app([&ALL, &BACKWARD])).len(), 1);
}
