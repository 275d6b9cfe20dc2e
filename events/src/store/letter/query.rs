//! Picking letters.

use super::{FailedEvent, LetterId, LetterStatus};
use crate::handler::Class;
use crate::id::{EventId, EventName, HandlerName};

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
    pub(crate) ids: Vec<LetterId>,
    pub(crate) statuses: Vec<LetterStatus>,
    pub(crate) handler: Option<HandlerName>,
    pub(crate) event: Option<EventName>,
    pub(crate) event_ids: Vec<EventId>,
    pub(crate) class: Option<Class>,
    pub(crate) fingerprint: Option<u64>,
    pub(crate) after: Option<LetterId>,
    pub(crate) limit: Option<usize>,
}

impl LetterQuery {
    /// Every letter.
    pub fn new() -> Self {
        Self::default()
    }

    /// The letter of this number, or another one that is given too.
    pub fn id(mut self, id: LetterId) -> Self {
        self.ids.push(id);
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
        self.event_ids.push(id);
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
        (self.ids.is_empty() || self.ids.contains(&letter.id))
            && (self.statuses.is_empty() || self.statuses.contains(&letter.status))
            && self.handler.as_ref().is_none_or(|handler| *handler == letter.handler)
            && self.event.as_ref().is_none_or(|event| *event == letter.event)
            && (self.event_ids.is_empty() || self.event_ids.contains(&letter.event_id))
            && self.class.is_none_or(|class| class == letter.class)
            && self.fingerprint.is_none_or(|fingerprint| fingerprint == letter.fingerprint())
            && self.after.is_none_or(|after| letter.id > after)
    }
}
