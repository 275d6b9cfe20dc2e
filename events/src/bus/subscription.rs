//! A handler that was added at run time.

use std::any::TypeId;
use std::fmt;
use std::sync::{Arc, Weak};

use super::Table;
use crate::id::HandlerName;

/// A handler that was added at run time. Dropping it changes nothing; [`unsubscribe`](Self::unsubscribe)
/// ends it.
///
/// ```
/// use events::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(no_stream)]
/// struct Ping;
///
/// let bus = EventBus::builder().handlers(HandlerRegistry::none()).build().unwrap();
/// let subscription = bus.subscribe(|_: &Ping| {});
/// assert_eq!(bus.publish(&Ping).handled(), 1);
/// assert!(subscription.unsubscribe());
/// assert_eq!(bus.publish(&Ping).handled(), 0);
/// ```
pub struct Subscription {
    table: Weak<Table>,
    type_id: TypeId,
    number: u64,
    name: HandlerName,
}

impl Subscription {
    pub(crate) fn new(table: &Arc<Table>, type_id: TypeId, number: u64, name: HandlerName) -> Self {
        Self { table: Arc::downgrade(table), type_id, number, name }
    }

    /// The handler's name: the name of its Rust type, with a number from the second one of it on.
    #[must_use]
    pub fn name(&self) -> &HandlerName {
        &self.name
    }

    /// Ends the subscription: the handler isn't called with events that are published from now on. One
    /// that is on its way already may still reach it. Answers whether it was still there.
    pub fn unsubscribe(self) -> bool {
        self.table.upgrade().is_some_and(|table| table.unsubscribe(self.type_id, self.number))
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("name", &self.name).field("number", &self.number).finish()
    }
}
