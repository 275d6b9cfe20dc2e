//! Items that are linked twice, as a dev-dependency cycle does it: the same name at the same place,
//! with a Rust type of its own each time. `tests/linking` has a real one.

use std::sync::Arc;
use std::time::Duration;

use events::event::{EventSpec, SourceLocation};
use events::handler::{
    BeginsAt, Call, DurableSpec, EventSelector, HandlerRegistration, HandlerResult, HandlerSpec, Requirement,
};
use events::prelude::*;
use events::testing::ManualClock;
use events::{DecodeError, EventContext, EventDescriptor, Problem, SchemaVersion};
use serde::{Deserialize, Serialize};

use super::{names, place, problems};
use crate::support::{Journal, eventually};

/// An event of which there are two copies.
#[derive(Serialize, Deserialize)]
struct Turned<const COPY: u8>;

/// Its first version, of which there are two copies, too.
#[derive(Serialize, Deserialize)]
struct TurnedV1<const COPY: u8>;

const fn spec(version: u32, previous: Option<&'static EventDescriptor>) -> EventSpec {
    let location = place("Turned", version);
    EventSpec {
        name: "twins.turned",
        version,
        kind: EventType::Domain,
        aggregate: None,
        fields: &[],
        previous,
        location,
    }
}

impl<const COPY: u8> DomainEvent for TurnedV1<COPY> {
    type Id = EventId;

    const DESCRIPTOR: &'static EventDescriptor = &EventDescriptor::new::<Self>(spec(1, None));

    fn aggregate_id(&self) -> Option<&EventId> {
        None
    }

    fn decode(_: SchemaVersion, _: &str) -> Result<Self, DecodeError> {
        Ok(Self)
    }
}

impl<const COPY: u8> DomainEvent for Turned<COPY> {
    type Id = EventId;

    const DESCRIPTOR: &'static EventDescriptor =
        &EventDescriptor::new::<Self>(spec(2, Some(TurnedV1::<COPY>::DESCRIPTOR)));

    fn aggregate_id(&self) -> Option<&EventId> {
        None
    }

    fn decode(_: SchemaVersion, _: &str) -> Result<Self, DecodeError> {
        Ok(Self)
    }
}

/// What a copy's handlers need.
struct Wheel<const COPY: u8>;

/// Notes which copy of a handler is called; an event of the other copy is none that it can take.
fn called<const COPY: u8>(context: &EventContext<'_>) -> HandlerResult {
    context.event::<Turned<COPY>>().map_err(HandlerError::permanent)?;
    context.state::<Journal>().map_err(HandlerError::permanent)?.note(format!("copy {COPY}"));
    Ok(())
}

fn called_with_any<const COPY: u8>(context: &EventContext<'_>) -> HandlerResult {
    context.state::<Journal>().map_err(HandlerError::permanent)?.note("any");
    Ok(())
}

fn fails_once<const COPY: u8>(context: &EventContext<'_>) -> HandlerResult {
    called::<COPY>(context)?;
    match context.attempt().number() {
        1 => Err(HandlerError::transient("not yet")),
        _ => Ok(()),
    }
}

const fn handler<const COPY: u8>(name: &'static str, line: u32, events: EventSelector, call: Call) -> HandlerSpec {
    let location: SourceLocation = place(name, line);
    HandlerSpec { name, events, call, priority: 0, timeout: None, requires: &[], durable: None, retry: None, location }
}

const fn own<const COPY: u8>() -> HandlerSpec {
    let events = EventSelector::Only(&[Turned::<COPY>::DESCRIPTOR]);
    handler::<COPY>("twins_own", 100, events, Call::Sync(called::<COPY>))
}

const fn all<const COPY: u8>() -> HandlerSpec {
    handler::<COPY>("twins_all", 101, EventSelector::All, Call::Sync(called_with_any::<COPY>))
}

/// The handler's crate is linked twice, the event's once.
const fn shared<const COPY: u8>() -> HandlerSpec {
    let events = EventSelector::Only(&[Turned::<1>::DESCRIPTOR]);
    handler::<COPY>("twins_shared", 102, events, Call::Sync(called_with_any::<COPY>))
}

const fn needy<const COPY: u8>() -> HandlerSpec {
    let events = EventSelector::Only(&[Turned::<COPY>::DESCRIPTOR]);
    HandlerSpec {
        requires: &[Requirement::state::<Wheel<COPY>>],
        ..handler::<COPY>("twins_needy", 103, events, Call::Sync(fails_once::<COPY>))
    }
}

const fn durable<const COPY: u8>() -> HandlerSpec {
    let events = EventSelector::Only(&[Turned::<COPY>::DESCRIPTOR]);
    HandlerSpec {
        durable: Some(DurableSpec::new(BeginsAt::Start)),
        ..handler::<COPY>("twins_durable", 104, events, Call::Sync(called::<COPY>))
    }
}

static OWN: [HandlerRegistration; 2] = [HandlerRegistration::new(own::<1>()), HandlerRegistration::new(own::<2>())];
static ALL: [HandlerRegistration; 2] = [HandlerRegistration::new(all::<1>()), HandlerRegistration::new(all::<2>())];
static SHARED: [HandlerRegistration; 2] =
    [HandlerRegistration::new(shared::<1>()), HandlerRegistration::new(shared::<2>())];
static NEEDY: [HandlerRegistration; 2] =
    [HandlerRegistration::new(needy::<1>()), HandlerRegistration::new(needy::<2>())];

static DURABLE: [HandlerRegistration; 2] =
    [HandlerRegistration::new(durable::<1>()), HandlerRegistration::new(durable::<2>())];

#[tokio::test]
async fn each_copy_of_a_handler_is_called_for_the_events_of_its_own_copy() {
    let journal = Journal::default();
    let registry = HandlerRegistry::only(OWN.iter().chain(&ALL));
    let app = EventDispatcher::builder().handlers(registry).state(journal.clone()).build().unwrap();
    assert_eq!(app.publish(Turned::<1>).await.unwrap().delivery().handled(), 2);
    assert_eq!(journal.lines(), ["any", "copy 1"]);
    assert_eq!(app.publish(Turned::<2>).await.unwrap().delivery().handled(), 2);
    assert_eq!(journal.lines(), ["any", "copy 1", "any", "copy 2"]);
    assert_eq!(app.stats().handlers[&OWN[0].handler_name()].handled, 2, "one handler, one count");
}

#[test]
fn a_handler_that_is_linked_twice_is_called_once_for_an_event_that_is_linked_once() {
    let journal = Journal::default();
    let registry = HandlerRegistry::only(&SHARED);
    let bus = EventBus::builder().handlers(registry).state(journal.clone()).build().unwrap();
    assert_eq!(bus.publish(&Turned::<1>).handled(), 1);
    assert_eq!(journal.lines(), ["any"]);
}

#[test]
fn the_catalog_lists_it_once_and_says_that_it_is_linked_twice() {
    let registry = HandlerRegistry::only(&OWN);
    let app = EventDispatcher::builder().handlers(registry.clone()).build().unwrap();
    let listed = app.catalog().to_string();
    let count = |line: &str| listed.lines().filter(|listed| listed.contains(line)).count();
    assert_eq!(count("twins.turned v2  (a stream of its own)"), 1, "{listed}");
    assert_eq!(count("twins_own  twins.turned"), 1, "{listed}");
    assert_eq!(count("(linked twice)"), 2, "{listed}");
    assert_eq!(names(registry.clone().without([&OWN[0]])), [""; 0], "both are left out by naming one");
}

#[tokio::test]
async fn a_copy_whose_state_is_missing_is_left_out_as_long_as_the_other_has_it() {
    for rotation in 0..2 {
        let journal = Journal::default();
        let clock = ManualClock::default();
        let registry = HandlerRegistry::only(NEEDY.iter().cycle().skip(rotation).take(2));
        let missing = problems(EventDispatcher::builder().handlers(registry.clone()).state(journal.clone()).build());
        assert!(matches!(&missing[..], [Problem::MissingState { handler: "twins_needy", .. }]), "{missing:?}");
        let app = EventDispatcher::builder().handlers(registry).state(journal.clone()).state(Wheel::<2>);
        let app = app.clock(Arc::new(clock.clone())).start().await.unwrap();
        assert_eq!(app.publish(Turned::<1>).await.unwrap().delivery().handled(), 0);
        let receipt = app.publish(Turned::<2>).await.unwrap();
        assert_eq!(receipt.failures().len(), 1);
        // The letter is read into the copy whose handler is there.
        eventually("the retry", async || {
            clock.advance(Duration::from_secs(60));
            journal.lines().len() == 2
        })
        .await;
        assert_eq!(journal.lines(), ["copy 2", "copy 2"]);
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn a_durable_handler_that_is_linked_twice_is_one_handler() {
    for rotation in 0..2 {
        let journal = Journal::default();
        let registry = HandlerRegistry::only(DURABLE.iter().cycle().skip(rotation).take(2));
        let app = EventDispatcher::builder().handlers(registry).state(journal.clone()).start().await.unwrap();
        let first = app.publish(Turned::<1>).await.unwrap();
        let second = app.publish(Turned::<2>).await.unwrap();
        assert!(app.settled(&first).await.unwrap().dead.is_empty());
        assert!(app.settled(&second).await.unwrap().dead.is_empty());
        let lines = journal.lines();
        assert!(lines == ["copy 1"; 2] || lines == ["copy 2"; 2], "the log is read by one of the copies: {lines:?}");
        app.shutdown().await.unwrap();
    }
}
