//! Attributes on items keep their meaning: what is deprecated, must be used, or is expected.

use events::{Attempt, Outcome, aggregate, event_handler};
use serde::{Deserialize, Serialize};

/// An event on its way out, with a field on its way out.
#[deprecated = "there is a better one"]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, events::DomainEvent)]
#[event(aggregate = "attributes.lamp", name = "attributes.lit")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[must_use]
#[non_exhaustive]
#[repr(C)]
pub struct Lit {
    /// Which lamp.
    #[deprecated = "there is a better one"]
    #[event(id)]
    #[serde(rename = "lampId", default)]
    pub lamp: u64,
}

/// A lamp.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Lamp {
    lit: bool,
}

#[aggregate(name = "attributes.lamp")]
#[expect(deprecated, reason = "the old events are still there")]
impl Lamp {
    /// A method on its way out.
    #[deprecated = "nobody calls it but the framework"]
    #[inline]
    #[when]
    pub const fn lit(&mut self, _: &Lit) {
        self.lit = true;
    }

    /// Whether it is lit.
    #[must_use]
    pub const fn is_lit(&self) -> bool {
        self.lit
    }
}

/// A handler on its way out, of an event on its way out.
#[deprecated = "there is a better one"]
#[expect(deprecated, reason = "the old events are still there")]
#[event_handler]
#[must_use]
#[inline]
pub const fn attributes_watch(_: &Lit) -> Outcome {
    Outcome::Done
}

/// A handler whose author expects something.
#[event_handler]
#[expect(deprecated, unused_variables, clippy::unused_async, reason = "to see that it is found in the function alone")]
#[cold]
#[doc(alias = "unused")]
pub async fn attributes_ignore(event: &Lit) {}

/// An extractor on its way out, with a part on its way out.
#[deprecated = "there is a better one"]
#[derive(Debug, Clone, Copy, PartialEq, Eq, events::FromContext)]
#[non_exhaustive]
pub struct Call {
    /// Which attempt it is.
    #[deprecated = "there is a better one"]
    pub attempt: Attempt,
}

/// A value with handlers.
#[derive(Debug)]
pub struct Watch;

#[event_handler(name = "attributes")]
#[expect(deprecated, reason = "the old events are still there")]
impl Watch {
    /// On its way out.
    #[deprecated = "nobody calls it but the framework"]
    #[must_use]
    pub const fn lit(&self, _: &Lit) -> Outcome {
        Outcome::Ignored
    }

    #[expect(clippy::unused_self, reason = "a helper")]
    #[event_handler(skip)]
    const fn skipped(&self) -> bool {
        Self::none()
    }

    const fn none() -> bool {
        false
    }

    /// Is used, so that nothing is dead.
    #[event_handler(skip)]
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.skipped()
    }
}
