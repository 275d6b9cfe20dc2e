//! Which handlers a process runs.

use super::linked;
use super::twins::are_twins;
use crate::handler::HandlerRegistration;

/// A choice of handlers: everything that is linked, unless told otherwise.
///
/// ```
/// use events::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(no_stream)]
/// struct Ping;
///
/// #[event_handler]
/// fn pong(_: &Ping) {}
///
/// let everything = HandlerRegistry::linked();
/// let all_but_one = HandlerRegistry::linked().without(handlers![pong]);
/// let just_one = HandlerRegistry::only(handlers![pong]);
/// # let _ = (everything, all_but_one);
/// let bus = EventBus::builder().handlers(just_one).build().unwrap();
/// assert_eq!(bus.publish(&Ping).handled(), 1);
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct HandlerRegistry {
    linked: bool,
    named: Vec<&'static HandlerRegistration>,
    without: Vec<&'static HandlerRegistration>,
}

impl Default for HandlerRegistry {
    fn default() -> Self {
        Self::linked()
    }
}

impl HandlerRegistry {
    /// All handlers that are linked into the program.
    pub fn linked() -> Self {
        Self { linked: true, named: Vec::new(), without: Vec::new() }
    }

    /// No handlers.
    pub fn none() -> Self {
        Self { linked: false, named: Vec::new(), without: Vec::new() }
    }

    /// These handlers and no others.
    ///
    /// ```
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Ping;
    /// # #[event_handler]
    /// # fn greet(_: &Ping) {}
    /// # #[event_handler]
    /// # fn audit(_: &Ping) {}
    /// let web = HandlerRegistry::only(handlers![greet]);
    /// let bus = EventBus::builder().handlers(web).build().unwrap();
    /// assert_eq!(bus.publish(&Ping).handled(), 1);
    /// ```
    pub fn only(handlers: impl IntoIterator<Item = &'static HandlerRegistration>) -> Self {
        Self { linked: false, named: handlers.into_iter().collect(), without: Vec::new() }
    }

    /// These handlers too; each is called once, however often it is named.
    ///
    /// ```
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Ping;
    /// # #[event_handler]
    /// # fn greet(_: &Ping) {}
    /// # #[event_handler]
    /// # fn audit(_: &Ping) {}
    /// let both = HandlerRegistry::only(handlers![greet]).with(handlers![audit, greet]);
    /// let bus = EventBus::builder().handlers(both).build().unwrap();
    /// assert_eq!(bus.publish(&Ping).handled(), 2);
    /// ```
    pub fn with(mut self, handlers: impl IntoIterator<Item = &'static HandlerRegistration>) -> Self {
        self.named.extend(handlers);
        self
    }

    /// All but these, wherever else they are named.
    ///
    /// ```
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Ping;
    /// # #[event_handler]
    /// # fn greet(_: &Ping) {}
    /// # #[event_handler]
    /// # fn audit(_: &Ping) {}
    /// let quiet = HandlerRegistry::only(handlers![greet, audit]).without(handlers![greet]);
    /// let bus = EventBus::builder().handlers(quiet).build().unwrap();
    /// assert_eq!(bus.publish(&Ping).handled(), 1);
    /// ```
    pub fn without(mut self, handlers: impl IntoIterator<Item = &'static HandlerRegistration>) -> Self {
        self.without.extend(handlers);
        self
    }

    /// Whether it is everything that is linked, and nothing is: then the linker may have left it out.
    pub(crate) fn is_linked_and_empty(&self) -> bool {
        self.linked && self.named.is_empty() && self.without.is_empty() && linked::handlers().next().is_none()
    }

    /// The chosen handlers: by priority, then by name; each once.
    pub(crate) fn resolve(&self) -> Vec<&'static HandlerRegistration> {
        let linked = linked::handlers().filter(|_| self.linked).map(|registered| registered.0);
        let mut chosen: Vec<_> = linked.chain(self.named.iter().copied()).collect();
        chosen.retain(|handler| !self.without.iter().any(|other| are_twins(handler, other)));
        chosen.sort_by(|left, right| {
            let place = |handler: &HandlerRegistration| (-i64::from(handler.priority()), handler.name());
            place(left).cmp(&place(right)).then_with(|| left.location().to_string().cmp(&right.location().to_string()))
        });
        chosen.dedup_by(|left, right| std::ptr::eq(*left, *right));
        chosen
    }
}
