//! Parts that exist under a condition only.

use chrono::{DateTime, Utc};
use events::{Attempt, EventMetadata, aggregate, event_handler};
use serde::{Deserialize, Serialize};

/// An event with fields that aren't there, and fields that are.
#[derive(Debug, Serialize, Deserialize, events::DomainEvent)]
#[event(aggregate = "conditional.thing", name = "conditional.seen")]
#[cfg_attr(not(any()), event(kind = "system"))]
pub struct Seen {
    /// Which thing.
    #[event(id)]
    pub thing: u8,
    /// Not there.
    #[cfg(any())]
    pub never: Nothing,
    /// Not there, or it would be a second id.
    #[cfg(any())]
    #[event(id)]
    pub other: Nothing,
    /// When.
    #[cfg(not(any()))]
    #[cfg_attr(not(any()), event(occurred_at))]
    pub at: DateTime<Utc>,
}

/// An event without conditions.
#[derive(Debug, Serialize, Deserialize, events::DomainEvent)]
#[event(aggregate = "conditional.thing", name = "conditional.gone")]
pub struct Gone {
    #[event(id)]
    thing: u8,
}

/// No event.
#[cfg(any())]
#[derive(events::DomainEvent)]
#[event(aggregate = "conditional.thing")]
pub struct Never;

/// A thing.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Thing {
    seen: bool,
}

#[aggregate(name = "conditional.thing")]
#[cfg(not(any()))]
impl Thing {
    #[cfg(any())]
    #[when]
    fn never(&mut self, _: &Nothing) {}

    #[cfg(not(any()))]
    #[when]
    fn seen(&mut self, event: &Seen) {
        self.seen = event.thing > 0;
    }

    /// One of two, for the same event.
    #[cfg(any())]
    #[when]
    fn seen_otherwise(&mut self, event: &Seen) {
        self.seen = event.thing == 0;
    }

    #[when]
    fn gone(&mut self, _: &Gone) {
        self.seen = false;
    }
}

#[aggregate(name = "conditional.thing")]
#[cfg(any())]
impl Thing {
    #[when]
    fn nothing(&mut self, _: &Nothing) {}
}

/// No handler.
#[event_handler]
#[cfg(any())]
pub fn never(_: &Nothing) {}

/// No handler either.
#[cfg(any())]
#[event_handler]
pub fn never_again(_: &Nothing) {}

/// A handler.
#[cfg(not(any()))]
#[event_handler(name = "conditional.always")]
#[cfg(not(any()))]
pub fn always(_: &Seen, metadata: &EventMetadata) {
    #[cfg(any())]
    metadata.nothing();
    assert_eq!(metadata.name(), &"conditional.seen", "there is no other");
}

/// An extractor with a part that isn't there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, events::FromContext)]
pub struct Call {
    /// Not there.
    #[cfg(any())]
    pub never: Nothing,
    /// Which attempt it is.
    #[cfg(not(any()))]
    pub attempt: Attempt,
}

/// Takes the part that is there.
#[event_handler(name = "conditional.call")]
pub fn call(_: &Seen, call: Call) {
    assert!(call.attempt.is_first(), "there was none before");
}

/// A value with handlers.
#[derive(Debug)]
pub struct Watch;

#[event_handler(name = "conditional_watch")]
impl Watch {
    #[cfg(any())]
    fn never(&self, _: &Nothing) {}

    #[cfg(not(any()))]
    fn always(&self, _: &Seen) {}

    #[cfg(any())]
    #[event_handler(skip)]
    fn nothing(&self, _: Nothing) {}
}

#[event_handler]
#[cfg(any())]
impl Watch {
    fn otherwise(&self, _: &Seen) {}
}
