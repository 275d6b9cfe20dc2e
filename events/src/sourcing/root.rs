//! An aggregate in memory: its state, and what is known about its stream.

use std::fmt;
use std::ops::Deref;

use chrono::{DateTime, Utc};

use super::{Aggregate, IntoEvents};
use crate::clock;
use crate::event::EventMetadata;
use crate::id::{StreamId, Version};

/// An aggregate with its id and version. It derefs to the state, so `user.email` works; only
/// [`apply`](Self::apply) changes it, by way of an event.
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
///     #[when]
///     fn counted(&mut self, event: &Counted) { self.total += event.by; }
/// }
///
/// let mut counter = AggregateRoot::<Counter>::new(7);
/// assert!(!counter.exists());
/// counter.apply(Counted { counter: 7, by: 3 });
/// assert_eq!((counter.total, counter.uncommitted().len()), (3, 1));
/// ```
pub struct AggregateRoot<A: Aggregate> {
    id: A::Id,
    state: A,
    version: Version,
    snapshot_version: Version,
    now: DateTime<Utc>,
    last_change: Option<EventMetadata>,
    uncommitted: Vec<A::Event>,
    /// Whether its events were given up, and not known to be recorded under its version.
    spent: bool,
}

impl<A: Aggregate> AggregateRoot<A> {
    /// An aggregate without events, as it is before its first one.
    #[must_use]
    pub fn new(id: A::Id) -> Self {
        Self::at(id, clock::system_now())
    }

    /// An aggregate without events, in whose commands it is that time.
    #[must_use]
    pub fn at(id: A::Id, now: DateTime<Utc>) -> Self {
        Self {
            id,
            state: A::default(),
            version: Version::ZERO,
            snapshot_version: Version::ZERO,
            now,
            last_change: None,
            uncommitted: Vec::new(),
            spent: false,
        }
    }

    /// The aggregate's id.
    #[must_use]
    pub fn id(&self) -> &A::Id {
        &self.id
    }

    /// The stream that its events are in.
    #[must_use]
    pub fn stream(&self) -> StreamId {
        StreamId::new(A::DESCRIPTOR.aggregate_name(), &self.id)
    }

    /// The state; the same as dereferencing.
    #[must_use]
    pub fn state(&self) -> &A {
        &self.state
    }

    /// Whether it has any event, recorded or not.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.version > Version::ZERO || !self.uncommitted.is_empty()
    }

    /// The version of its last recorded event.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// The time at which it was loaded, by the store's clock: the time that commands decide by.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The metadata of the last event that it was loaded from, by way of a snapshot or not; `None` if
    /// there was none. Saving doesn't change it.
    #[must_use]
    pub fn last_change(&self) -> Option<&EventMetadata> {
        self.last_change.as_ref()
    }

    /// Adds events: each changes the state at once and is recorded by the next save.
    pub fn apply(&mut self, events: impl IntoEvents<A>) {
        for event in events.into_events() {
            self.state.when(&event);
            self.uncommitted.push(event);
        }
    }

    /// The events that were applied and not yet recorded.
    #[must_use]
    pub fn uncommitted(&self) -> &[A::Event] {
        &self.uncommitted
    }

    pub(crate) fn replay(&mut self, event: &A::Event, version: Version) {
        self.state.when(event);
        self.version = version;
    }

    pub(crate) fn note_last_change(&mut self, metadata: &EventMetadata) {
        self.last_change = Some(metadata.clone());
    }

    pub(crate) fn resume(&mut self, state: A, version: Version) {
        self.state = state;
        self.version = version;
        self.snapshot_version = version;
    }

    #[cfg(feature = "testing")]
    pub(crate) fn set_now(&mut self, now: DateTime<Utc>) {
        self.now = now;
    }

    pub(crate) fn snapshot_version(&self) -> Version {
        self.snapshot_version
    }

    pub(crate) fn take_uncommitted(&mut self) -> Vec<A::Event> {
        std::mem::take(&mut self.uncommitted)
    }

    /// The version of the last of those events, recorded after its own.
    pub(crate) fn version_after(&self, events: &[A::Event]) -> Version {
        Version::new(self.version.value().saturating_add(events.len() as u64))
    }

    /// Gives up its events to a save: until that has succeeded, the state isn't that of the stream.
    pub(crate) fn spend(&mut self) -> Vec<A::Event> {
        self.spent |= !self.uncommitted.is_empty();
        self.take_uncommitted()
    }

    pub(crate) fn is_spent(&self) -> bool {
        self.spent
    }

    pub(crate) fn committed(&mut self, version: Version) {
        self.version = version;
        self.spent = false;
    }

    pub(crate) fn snapshotted(&mut self, version: Version) {
        self.snapshot_version = version;
    }
}

impl<A: Aggregate> Deref for AggregateRoot<A> {
    type Target = A;

    fn deref(&self) -> &A {
        &self.state
    }
}

/// Shows the id and the version, never the state.
impl<A: Aggregate> fmt::Debug for AggregateRoot<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AggregateRoot")
            .field("stream", &self.stream())
            .field("version", &self.version)
            .field("uncommitted", &self.uncommitted.len())
            .finish_non_exhaustive()
    }
}
