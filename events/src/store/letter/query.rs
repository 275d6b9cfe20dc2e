//! Picking letters.

use chrono::{DateTime, Utc};

use super::{FailedEvent, LetterId, LetterStatus};
use crate::handler::Class;
use crate::id::{EventId, EventName, HandlerName};
use crate::store::OperationId;

/// Which letters to pick; all that is set must hold.
///
/// ```
/// use events::store::{LetterQuery, LetterStatus};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// # let letters = events::DeadLetterQueue::new(events::EventStore::memory());
/// let dead = LetterQuery::new().status(LetterStatus::Dead).handler("send_welcome").with_limit(20);
/// assert!(letters.list(dead).await?.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct LetterQuery {
    /// Without a condition, and meant so.
    pub(crate) all: bool,
    /// None for letters of any number; an empty list is a condition that no letter meets.
    pub(crate) ids: Option<Vec<LetterId>>,
    pub(crate) statuses: Vec<LetterStatus>,
    pub(crate) handler: Option<HandlerName>,
    pub(crate) event: Option<EventName>,
    /// As `ids`.
    pub(crate) event_ids: Option<Vec<EventId>>,
    pub(crate) class: Option<Class>,
    pub(crate) fingerprint: Option<u64>,
    pub(crate) partition: Option<u32>,
    pub(crate) due: Option<DateTime<Utc>>,
    pub(crate) run: Option<OperationId>,
    pub(crate) held: bool,
    pub(crate) blocking: bool,
    pub(crate) after: Option<LetterId>,
    pub(crate) limit: Option<usize>,
}

impl LetterQuery {
    /// Every letter, until conditions are added. What changes letters wants one, or [`all`](Self::all).
    pub fn new() -> Self {
        Self::default()
    }

    /// Every letter, and meant so: what [`DeadLetterQueue`](crate::DeadLetterQueue) takes to redrive,
    /// discard or restore all that it can.
    pub fn all() -> Self {
        Self { all: true, ..Self::default() }
    }

    /// The letter of this number, or another one that is given too.
    pub fn id(mut self, id: LetterId) -> Self {
        self.ids.get_or_insert_default().push(id);
        self
    }

    /// The letters of these numbers, added to those given before; of an empty list, none.
    ///
    /// ```
    /// use events::store::LetterQuery;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), events::Error> {
    /// # let letters = events::DeadLetterQueue::new(events::EventStore::memory());
    /// let ticked = Vec::new();
    /// let redriven = letters.redrive(LetterQuery::new().ids(ticked), events::Audit::by("ada")).await?;
    /// assert!(redriven.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn ids(mut self, ids: impl IntoIterator<Item = LetterId>) -> Self {
        self.ids.get_or_insert_default().extend(ids);
        self
    }

    /// Letters of this status, or of another one that is given too.
    pub fn status(mut self, status: LetterStatus) -> Self {
        self.statuses.push(status);
        self
    }

    /// Letters of this handler.
    pub fn handler(mut self, handler: impl Into<HandlerName>) -> Self {
        self.handler = Some(handler.into());
        self
    }

    /// Letters about events of this name.
    pub fn event(mut self, event: impl Into<EventName>) -> Self {
        self.event = Some(event.into());
        self
    }

    /// Letters about this event, or another one that is given too.
    pub fn event_id(mut self, id: EventId) -> Self {
        self.event_ids.get_or_insert_default().push(id);
        self
    }

    /// Letters about these events, added to those given before; of an empty list, none.
    pub fn event_ids(mut self, ids: impl IntoIterator<Item = EventId>) -> Self {
        self.event_ids.get_or_insert_default().extend(ids);
        self
    }

    /// Letters whose last failure is of this class.
    pub fn class(mut self, class: Class) -> Self {
        self.class = Some(class);
        self
    }

    /// Letters of one sort of failure.
    pub fn fingerprint(mut self, fingerprint: u64) -> Self {
        self.fingerprint = Some(fingerprint);
        self
    }

    /// Letters of this lane of a durable handler; those that the handler has left when it was inline
    /// are the first lane's.
    pub fn partition(mut self, partition: u32) -> Self {
        self.partition = Some(partition);
        self
    }

    /// Letters whose next attempt is due at this time or before.
    pub fn due(mut self, time: DateTime<Utc>) -> Self {
        self.due = Some(time);
        self
    }

    /// Letters of this run, as far as they still belong to it: begun or not, and whatever became of them.
    pub fn run(mut self, run: OperationId) -> Self {
        self.run = Some(run);
        self
    }

    /// Letters that were discarded and still hold up what waits behind them.
    pub fn held(mut self) -> Self {
        self.held = true;
        self
    }

    /// Letters that hold up what waits behind them: retrying, dead or held.
    pub fn blocking(mut self) -> Self {
        self.blocking = true;
        self
    }

    /// Letters after this one: the next page.
    pub fn after(mut self, id: LetterId) -> Self {
        self.after = Some(id);
        self
    }

    /// At most so many letters.
    pub fn with_limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Whether a letter is picked, the limit aside. What every backend's filter must agree with.
    #[must_use]
    pub fn matches(&self, letter: &FailedEvent) -> bool {
        self.ids.as_ref().is_none_or(|ids| ids.contains(&letter.id))
            && (self.statuses.is_empty() || self.statuses.contains(&letter.status))
            && self.handler.as_ref().is_none_or(|handler| *handler == letter.handler)
            && self.event.as_ref().is_none_or(|event| *event == letter.event)
            && self.event_ids.as_ref().is_none_or(|ids| ids.contains(&letter.event_id))
            && self.class.is_none_or(|class| class == letter.class)
            && self.fingerprint.is_none_or(|fingerprint| fingerprint == letter.fingerprint())
            && self.partition.is_none_or(|partition| letter.lane.as_ref().map_or(0, |lane| lane.partition) == partition)
            && self.due.is_none_or(|time| letter.next_attempt_at.is_some_and(|due| due <= time))
            && self.run.is_none_or(|run| letter.run == Some(run))
            && (!self.held || letter.held)
            && (!self.blocking || letter.held || !letter.status.is_closed())
            && self.after.is_none_or(|after| letter.id > after)
    }

    /// Whether it picks every letter without saying so. A limit says how many, not which.
    pub(crate) fn is_unsaid(&self) -> bool {
        let unlimited = Self { limit: None, ..self.clone() };
        unlimited == Self::default()
    }
}
