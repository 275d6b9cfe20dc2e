//! What an aggregate is, as the macro implements it.

use std::fmt;
use std::sync::Arc;

use crate::event::{DecodeError, ErasedEvent, EventData, EventDescriptor, Shareable, SourceLocation, Storable};
use crate::id::{AggregateId, AggregateName};

/// A state that is a fold over the events of its stream. Implemented by `#[aggregate]`.
///
/// ```
/// use events::prelude::*;
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
///     fn count(counter: &AggregateRoot<Counter>, by: u32) -> Counted {
///         Counted { counter: *counter.id(), by }
///     }
///
///     #[when]
///     fn counted(&mut self, event: &Counted) { self.total += event.by; }
/// }
///
/// let mut counter = AggregateRoot::<Counter>::new(7);
/// counter.apply(Counter::count(&counter, 3));
/// assert_eq!(counter.total, 3);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an aggregate",
    label = "needs `#[aggregate]`",
    note = "put `#[aggregate(name = \"…\")]` on the impl block of `{Self}` that has its `#[when]` methods"
)]
pub trait Aggregate: Default + Storable + Shareable {
    /// The type of its id, which all its events share.
    type Id: AggregateId;

    /// One of its events: an enum that the macro generates.
    type Event: AggregateEvent;

    /// What is known about the aggregate type.
    const DESCRIPTOR: &'static AggregateDescriptor;

    /// Changes the state as the event says: calls the `#[when]` method of the event.
    fn when(&mut self, event: &Self::Event);
}

/// One event out of those of an aggregate. Implemented by `#[aggregate]` for the enum it generates.
///
/// ```
/// # use events::prelude::*;
/// # #[derive(serde::Serialize, serde::Deserialize, DomainEvent)]
/// # #[event(aggregate = "counter")]
/// # struct Counted { #[event(id)] counter: u64, by: u32 }
/// # #[derive(Default, serde::Serialize, serde::Deserialize)]
/// # struct Counter { total: u32 }
/// # #[aggregate(name = "counter")]
/// # impl Counter { #[when] fn counted(&mut self, event: &Counted) { self.total += event.by; } }
/// use events::sourcing::AggregateEvent;
///
/// let mut counter = AggregateRoot::<Counter>::new(7);
/// counter.apply(Counted { counter: 7, by: 3 });
/// let names = counter.uncommitted().iter().map(|event| event.as_event().descriptor().name());
/// assert!(names.eq(["counted"]));
/// ```
pub trait AggregateEvent: Send + Sync + Sized + 'static {
    /// Reads an event of a store into the enum.
    ///
    /// # Errors
    /// If the aggregate has no `#[when]` method for it, or it can't be read.
    fn decode(data: &EventData<'_>) -> Result<Self, DecodeError>;

    /// The event, its type erased.
    fn as_event(&self) -> &dyn ErasedEvent;

    /// The event by value, its type erased.
    fn into_event(self) -> Arc<dyn ErasedEvent>;
}

/// What the macro knows about an aggregate.
#[derive(Debug, Clone, Copy)]
pub struct AggregateSpec {
    /// Its name: the first half of its streams' ids.
    pub name: &'static str,
    /// The events that it has a `#[when]` method for.
    pub events: &'static [&'static EventDescriptor],
    /// A snapshot is taken whenever so many events have come; never when `None`.
    pub snapshot_every: Option<u32>,
    /// A hash of the `#[when]` methods and of the user's own number.
    pub fold_hash: u64,
    /// Where it is declared.
    pub location: SourceLocation,
}

/// Everything known about an aggregate type; one static value per type, collected at link time.
///
/// ```
/// # use events::prelude::*;
/// # #[derive(serde::Serialize, serde::Deserialize, DomainEvent)]
/// # #[event(aggregate = "counter")]
/// # struct Counted { #[event(id)] counter: u64, by: u32 }
/// # #[derive(Default, serde::Serialize, serde::Deserialize)]
/// # struct Counter { total: u32 }
/// # #[aggregate(name = "counter")]
/// # impl Counter { #[when] fn counted(&mut self, event: &Counted) { self.total += event.by; } }
/// let descriptor = Counter::DESCRIPTOR;
/// assert_eq!((descriptor.name(), descriptor.snapshot_every()), ("counter", None));
/// assert_eq!(descriptor.events()[0].name(), "counted");
/// ```
pub struct AggregateDescriptor {
    spec: AggregateSpec,
}

impl AggregateDescriptor {
    /// Describes an aggregate; called by the macro.
    #[must_use]
    pub const fn new(spec: AggregateSpec) -> Self {
        Self { spec }
    }

    /// Its name: the first half of its streams' ids.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.spec.name
    }

    /// Its name as an [`AggregateName`].
    #[must_use]
    pub const fn aggregate_name(&self) -> AggregateName {
        AggregateName::from_static(self.spec.name)
    }

    /// The events that it has a `#[when]` method for.
    #[must_use]
    pub const fn events(&self) -> &'static [&'static EventDescriptor] {
        self.spec.events
    }

    /// After how many events a snapshot is taken.
    #[must_use]
    pub const fn snapshot_every(&self) -> Option<u32> {
        self.spec.snapshot_every
    }

    /// A hash of the `#[when]` methods and of the user's own number.
    #[must_use]
    pub const fn fold_hash(&self) -> u64 {
        self.spec.fold_hash
    }

    /// Where it is declared.
    #[must_use]
    pub const fn location(&self) -> SourceLocation {
        self.spec.location
    }
}

impl fmt::Debug for AggregateDescriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.spec.name, self.spec.location)
    }
}
