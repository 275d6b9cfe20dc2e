//! Given these events, when this command, then those events.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::event::ErasedEvent;
use crate::id::Version;
use crate::sourcing::{Aggregate, AggregateEvent, AggregateRoot, IntoEvents};

/// Begins a test of a command: an aggregate to which these events have happened.
///
/// Events are compared as JSON, so they need neither `PartialEq` nor `Debug`.
///
/// ```
/// use events::prelude::*;
/// use events::testing::given;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(aggregate = "counter")]
/// struct Counted { #[event(id)] counter: u64, by: u32 }
///
/// #[derive(Default, Serialize, Deserialize)]
/// struct Counter { total: u32 }
///
/// #[aggregate(name = "counter")]
/// impl Counter {
///     fn count(counter: &AggregateRoot<Counter>, by: u32) -> Result<Counted, &'static str> {
///         if counter.total + by > 10 { return Err("too much"); }
///         Ok(Counted { counter: *counter.id(), by })
///     }
///
///     #[when]
///     fn counted(&mut self, event: &Counted) { self.total += event.by; }
/// }
///
/// given::<Counter>(7, ()).when(|counter| Counter::count(counter, 3)).then(Counted { counter: 7, by: 3 });
/// given::<Counter>(7, Counted { counter: 7, by: 9 }).when(|counter| Counter::count(counter, 3)).then_error("too much");
/// ```
///
/// # Panics
/// If an event belongs to another aggregate than the id says.
#[track_caller]
pub fn given<A: Aggregate>(id: A::Id, events: impl IntoEvents<A>) -> Given<A> {
    let mut root = AggregateRoot::<A>::new(id);
    for event in events.into_events() {
        check_stream(&root, event.as_event());
        root.replay(&event, root.version().next());
    }
    Given { root }
}

/// An aggregate to which something has happened; see [`given`].
///
/// ```
/// # use events::prelude::*;
/// # #[derive(serde::Serialize, serde::Deserialize, DomainEvent)]
/// # #[event(aggregate = "counter")]
/// # struct Counted { #[event(id)] counter: u64, by: u32 }
/// # #[derive(Default, serde::Serialize, serde::Deserialize)]
/// # struct Counter { total: u32 }
/// # #[aggregate(name = "counter")]
/// # impl Counter {
/// #     fn count(counter: &AggregateRoot<Counter>, by: u32) -> Result<Counted, &'static str> {
/// #         if counter.total + by > 10 { return Err("too much"); }
/// #         Ok(Counted { counter: *counter.id(), by })
/// #     }
/// #     #[when] fn counted(&mut self, event: &Counted) { self.total += event.by; }
/// # }
/// use events::testing::given;
///
/// let root = given::<Counter>(7, Counted { counter: 7, by: 3 }).at(Default::default()).root();
/// assert_eq!((root.total, root.version(), root.now().timestamp()), (3, Version::new(1), 0));
/// ```
#[must_use]
pub struct Given<A: Aggregate> {
    root: AggregateRoot<A>,
}

impl<A: Aggregate> Given<A> {
    /// Says what time it is for the command.
    pub fn at(mut self, now: DateTime<Utc>) -> Self {
        self.root.set_now(now);
        self
    }

    /// Gives a command.
    #[track_caller]
    pub fn when<I: IntoEvents<A>, E>(self, decide: impl FnOnce(&AggregateRoot<A>) -> Result<I, E>) -> When<A, E> {
        let result = decide(&self.root).map(IntoEvents::into_events);
        When { root: self.root, result }
    }

    /// Gives a command of several steps.
    #[track_caller]
    pub fn transact<E>(mut self, decide: impl FnOnce(&mut AggregateRoot<A>) -> Result<(), E>) -> When<A, E> {
        let version = self.root.version();
        let result = decide(&mut self.root).map(|()| self.root.take_uncommitted());
        self.root.committed(version);
        When { root: self.root, result }
    }

    /// The aggregate itself, to look at its state.
    #[must_use]
    pub fn root(self) -> AggregateRoot<A> {
        self.root
    }
}

/// What came of a command; see [`given`].
///
/// ```
/// # use events::prelude::*;
/// # #[derive(serde::Serialize, serde::Deserialize, DomainEvent)]
/// # #[event(aggregate = "counter")]
/// # struct Counted { #[event(id)] counter: u64, by: u32 }
/// # #[derive(Default, serde::Serialize, serde::Deserialize)]
/// # struct Counter { total: u32 }
/// # #[aggregate(name = "counter")]
/// # impl Counter {
/// #     fn count(counter: &AggregateRoot<Counter>, by: u32) -> Result<Counted, &'static str> {
/// #         if counter.total + by > 10 { return Err("too much"); }
/// #         Ok(Counted { counter: *counter.id(), by })
/// #     }
/// #     #[when] fn counted(&mut self, event: &Counted) { self.total += event.by; }
/// # }
/// use events::testing::given;
///
/// let when = given::<Counter>(7, Counted { counter: 7, by: 9 }).when(|counter| Counter::count(counter, 3));
/// assert_eq!(when.rejection(), "too much");
/// ```
#[must_use = "say what should have come of it: `then`, `then_nothing` or `then_error`"]
pub struct When<A: Aggregate, E> {
    root: AggregateRoot<A>,
    result: Result<Vec<A::Event>, E>,
}

impl<A: Aggregate, E: fmt::Debug> When<A, E> {
    /// The command has answered with these events, in this order, and they belong to the aggregate.
    ///
    /// # Panics
    /// If it hasn't.
    #[track_caller]
    #[expect(clippy::panic, reason = "this is an assertion")]
    pub fn then(self, expected: impl IntoEvents<A>) {
        let events = match self.result {
            Ok(events) => events,
            Err(error) => panic!("the command was rejected: {error:?}"),
        };
        events.iter().for_each(|event| check_stream(&self.root, event.as_event()));
        let (actual, expected) = (as_json::<A>(&events), as_json::<A>(&expected.into_events()));
        assert!(actual == expected, "other events than expected\nexpected: {expected:#?}\n  actual: {actual:#?}");
    }

    /// The command has answered with no event.
    ///
    /// # Panics
    /// If it has, or was rejected.
    #[track_caller]
    pub fn then_nothing(self) {
        self.then(());
    }

    /// The command was rejected, with this error.
    ///
    /// # Panics
    /// If it wasn't, or with another one.
    #[track_caller]
    pub fn then_error(self, expected: E)
    where
        E: PartialEq,
    {
        let actual = self.rejection();
        assert!(actual == expected, "another error than expected\nexpected: {expected:?}\n  actual: {actual:?}");
    }

    /// The command was rejected; answers with the error.
    ///
    /// # Panics
    /// If it wasn't.
    #[track_caller]
    #[expect(clippy::panic, reason = "this is an assertion")]
    pub fn rejection(self) -> E {
        match self.result {
            Ok(events) => panic!("the command wasn't rejected: {:#?}", as_json::<A>(&events)),
            Err(error) => error,
        }
    }
}

fn as_json<A: Aggregate>(events: &[A::Event]) -> Vec<String> {
    let line = |event: &A::Event| {
        let event = event.as_event();
        let data = event.encode().map_or_else(|error| error.to_string(), |data| data.as_json().to_owned());
        format!("{} {data}", event.descriptor().name())
    };
    events.iter().map(line).collect()
}

#[track_caller]
fn check_stream<A: Aggregate>(root: &AggregateRoot<A>, event: &dyn ErasedEvent) {
    let (actual, expected) = (event.stream(), root.stream());
    let name = event.descriptor().name();
    assert!(actual.as_ref() == Some(&expected), "`{name}` belongs to {actual:?}, the test is about {expected}");
    debug_assert!(root.version() < Version::new(u64::MAX));
}
