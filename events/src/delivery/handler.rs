//! A durable handler as this process runs it.

use super::{Host, order};
use crate::bus::Entry;
use crate::commit::CommittedEvent;
use crate::error::Error;
use crate::handler::{DurableSpec, EventSelector, HandlerRegistration, Order, Requirement, RetryPolicy};
use crate::id::{EventName, HandlerName, Position};
use crate::store::{EventFilter, HandlerDeclaration, LogQuery};

/// A durable handler with all that its lanes need to know.
pub(crate) struct DurableHandler {
    pub(crate) entry: Entry,
    pub(crate) spec: DurableSpec,
    pub(crate) policy: RetryPolicy,
    /// Names the program's build in letters.
    pub(crate) build: String,
    /// None for a handler of all events.
    events: Option<Vec<EventName>>,
    /// Whether it takes the transaction that moves its checkpoint.
    pub(crate) transactional: bool,
}

impl DurableHandler {
    /// `None` for a handler that is inline.
    pub(crate) fn of(handler: &'static HandlerRegistration, policy: &RetryPolicy, build: String) -> Option<Self> {
        let spec = *handler.durable()?;
        let events = match handler.events() {
            EventSelector::All => None,
            EventSelector::Only(events) => Some(events.iter().map(|event| event.event_name()).collect()),
        };
        Some(Self {
            entry: Entry::registered(handler),
            spec,
            policy: handler.retry().unwrap_or(policy).clone(),
            build,
            events,
            transactional: handler.requires().any(|requirement| matches!(requirement, Requirement::Transaction)),
        })
    }

    pub(crate) fn name(&self) -> &HandlerName {
        &self.entry.name
    }

    /// Whether it is called with events of that name.
    pub(crate) fn selects(&self, event: &EventName) -> bool {
        self.events.as_ref().is_none_or(|events| events.contains(event))
    }

    /// The key of an event of a commit; none where no event waits for another.
    pub(crate) async fn key_of(&self, event: &CommittedEvent, host: &impl Host) -> Result<Option<String>, Error> {
        match self.spec.order {
            Order::Stream => Ok(Some(event.stream.to_string())),
            Order::Global | Order::None => Ok(None),
            Order::Key(_) => {
                let before = Position::new(event.recording.position.value().saturating_sub(1));
                let query = LogQuery::new().after(before).with_limit(1);
                let page = host.store().read_log(query).await?;
                Ok(page.events().first().and_then(|event| order::key(self.spec.order, event, host)))
            }
        }
    }

    /// The events that it is called with.
    pub(super) fn filter(&self) -> EventFilter {
        self.events.iter().flatten().fold(EventFilter::new(), EventFilter::name)
    }

    pub(crate) fn declaration(&self) -> HandlerDeclaration {
        HandlerDeclaration {
            name: self.name().clone(),
            renamed_from: self.spec.renamed_from.map(HandlerName::from_static),
            begins: self.spec.from,
            partitions: self.spec.partitions.max(1),
            build: self.build.clone(),
        }
    }
}
