//! A durable handler as this process runs it.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::{Host, order};
use crate::bus::Entry;
use crate::commit::CommittedEvent;
use crate::error::Error;
use crate::event::RecordedEvent;
use crate::handler::{DurableSpec, EventSelector, HandlerRegistration, Order, Requirement, RetryPolicy};
use crate::id::{EventName, HandlerName, Position};
use crate::store::{EventFilter, HandlerDeclaration, HandlerRow, LogQuery};

/// How many attempts at letters of a lane are made at the same time, at most.
const MOST_TRIES: usize = 16;

/// A durable handler with all that its lanes need to know.
pub(crate) struct DurableHandler {
    pub(crate) entry: Entry,
    pub(crate) spec: DurableSpec,
    pub(crate) policy: RetryPolicy,
    /// Names the program's build in letters.
    pub(crate) build: String,
    /// How many letters of a lane may be open, and how many of its keys wait; one more halts the handler.
    pub(crate) letter_limit: usize,
    /// None for a handler of all events.
    events: Option<Vec<EventName>>,
    /// Whether it takes the transaction that moves its checkpoint.
    pub(crate) transactional: bool,
    /// Up to where events were handled before, as the store has said when a lane was claimed last.
    replay_until: AtomicU64,
    /// How many calls of it are under way in this process.
    pub(crate) under_way: AtomicUsize,
}

impl DurableHandler {
    /// `None` for a handler that is inline.
    pub(crate) fn of(
        handler: &'static HandlerRegistration,
        policy: &RetryPolicy,
        build: String,
        letter_limit: usize,
    ) -> Option<Self> {
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
            letter_limit,
            events,
            replay_until: AtomicU64::new(0),
            under_way: AtomicUsize::new(0),
            transactional: handler.requires().any(|requirement| matches!(requirement, Requirement::Transaction)),
        })
    }

    /// How many events it is called with at once, at most; none if it takes single events.
    pub(crate) fn batch(&self) -> Option<usize> {
        self.spec.batch.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX).max(1))
    }

    /// How many calls of a lane may be under way at the same time: one after the other where the call's
    /// transaction moves the checkpoint, or its events are of many keys.
    pub(super) fn concurrency(&self) -> usize {
        let alone = self.transactional || self.spec.batch.is_some();
        let limit = if alone { 1 } else { self.spec.concurrency.max(1) };
        usize::try_from(limit).unwrap_or(usize::MAX)
    }

    /// How many letters of a lane may be tried at the same time, and beside them of how many keys what has
    /// waited may be handled.
    pub(super) fn tries_at_once(&self) -> usize {
        if self.transactional {
            return 1;
        }
        usize::try_from(self.spec.concurrency).map_or(MOST_TRIES, |limit| limit.clamp(1, MOST_TRIES))
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
                let Some(event) = page.events().first() else { return Ok(None) };
                Ok(order::key(self.spec.order, event, host)?)
            }
        }
    }

    /// The events that it is called with.
    pub(super) fn filter(&self) -> EventFilter {
        self.events.iter().flatten().fold(EventFilter::new(), EventFilter::name)
    }

    /// Whether the event was handled before, by an earlier version or before a rebuild.
    pub(crate) fn replays(&self, event: &RecordedEvent) -> bool {
        event.position().value() <= self.replay_until.load(Ordering::Acquire)
    }

    /// Notes what the store says of that.
    pub(super) fn note_replay(&self, until: Position) {
        self.replay_until.store(until.value(), Ordering::Release);
    }

    /// The names of the versions before it, newest first.
    pub(super) fn earlier(&self) -> Vec<HandlerName> {
        let version = self.spec.version;
        let Some(base) = self.name().as_str().strip_suffix(&format!("@{version}")) else { return Vec::new() };
        let name = |version| if version == 1 { base.to_owned() } else { format!("{base}@{version}") };
        (1..version).rev().map(|version| HandlerName::from(name(version))).collect()
    }

    /// As this process declares it to a store that knows these handlers.
    pub(super) fn declaration(&self, known: &[HandlerRow]) -> HandlerDeclaration {
        HandlerDeclaration {
            name: self.name().clone(),
            renamed_from: self.spec.renamed_from.map(HandlerName::from_static),
            begins: self.spec.from,
            partitions: self.spec.partitions.max(1),
            build: self.build.clone(),
            previous: self.earlier().into_iter().find(|name| known.iter().any(|row| row.name == *name)),
        }
    }
}
