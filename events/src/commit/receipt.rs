//! What came of a commit.

use crate::error::Error;
use crate::event::Recording;
use crate::handler::{Delivery, HandlerFailure};
use crate::id::{EventId, EventName, StreamId};
use crate::store::{AppendStatus, Appended, NewEvent};

/// Whether a commit was recorded, and when.
///
/// ```standalone_crate
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use events::CommitStatus;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?;
/// // The id comes with the request, so that sending it again changes nothing.
/// let request = app.with(Context::new().with_event_id(EventId::now()));
/// assert_eq!(request.publish(Ping).await?.status(), CommitStatus::Committed);
/// assert_eq!(request.publish(Ping).await?.status(), CommitStatus::Duplicate);
/// assert_eq!(app.publish_batch(Vec::<Ping>::new()).await?.status(), CommitStatus::Empty);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommitStatus {
    /// It was recorded now.
    Committed,
    /// It had been recorded earlier, with the same ids and content; handlers weren't called again.
    Duplicate,
    /// It had no events: nothing was recorded.
    Empty,
}

/// One event of a commit.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(aggregate = "counter")]
/// # struct Counted { #[event(id)] counter: u64 }
/// # #[derive(Default, Serialize, Deserialize)]
/// # struct Counter;
/// # #[aggregate(name = "counter")]
/// # impl Counter {
/// #     #[when]
/// #     fn counted(&mut self, _: &Counted) {}
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let counter = EventSourcing::new(EventStore::memory()).aggregate::<Counter>(7);
/// let receipt = counter.execute(|_| Ok::<_, events::Error>(Counted { counter: 7 })).await?;
/// let event = &receipt.events()[0];
/// assert_eq!((event.name.as_str(), event.stream.to_string()), ("counted", "counter/7".to_owned()));
/// assert_eq!(event.recording.version, Version::new(1));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommittedEvent {
    /// Its id.
    pub event_id: EventId,
    /// Its name.
    pub name: EventName,
    /// Its stream.
    pub stream: StreamId,
    /// Where the store keeps it.
    pub recording: Recording,
}

/// What came of a commit: where the events are, and how their inline handlers fared.
///
/// A receipt means that the events are recorded. A handler's failure doesn't change that: it is in
/// [`failures`](Self::failures) with what becomes of it.
///
/// ```standalone_crate
/// use events::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(no_stream)]
/// struct Ping;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?;
/// let receipt = app.publish(Ping).await?;
/// assert_eq!(receipt.events().len(), 1);
/// assert!(receipt.failures().is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Receipt {
    status: CommitStatus,
    events: Vec<CommittedEvent>,
    delivery: Delivery,
}

impl Receipt {
    pub(crate) fn new(events: &[NewEvent], appended: &Appended) -> Self {
        let status = match appended.status() {
            _ if events.is_empty() => CommitStatus::Empty,
            AppendStatus::Committed => CommitStatus::Committed,
            AppendStatus::Duplicate => CommitStatus::Duplicate,
        };
        let events = events.iter().map(NewEvent::metadata).zip(appended.recordings());
        let events = events.map(|(metadata, recording)| CommittedEvent {
            event_id: metadata.event_id(),
            name: metadata.name().clone(),
            stream: metadata.stream().clone(),
            recording: *recording,
        });
        Self { status, events: events.collect(), delivery: Delivery::default() }
    }

    /// The receipt of a commit without events.
    pub(crate) fn empty() -> Self {
        Self { status: CommitStatus::Empty, events: Vec::new(), delivery: Delivery::default() }
    }

    pub(crate) fn with_delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// Whether it was recorded now, earlier, or not at all for lack of events.
    #[must_use]
    pub fn status(&self) -> CommitStatus {
        self.status
    }

    /// Whether it had been recorded earlier.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        self.status == CommitStatus::Duplicate
    }

    /// The events, in the order of the commit.
    #[must_use]
    pub fn events(&self) -> &[CommittedEvent] {
        &self.events
    }

    /// How the inline handlers fared.
    #[must_use]
    pub fn delivery(&self) -> &Delivery {
        &self.delivery
    }

    /// How many calls of inline handlers succeeded, for callers that want `?` on their failures too.
    ///
    /// # Errors
    /// If a call failed. The events are recorded all the same, and the failure has its letter.
    pub fn into_result(self) -> Result<usize, Error> {
        self.delivery.into_result()
    }

    /// The calls of inline handlers that failed, each with what becomes of it.
    #[must_use]
    pub fn failures(&self) -> &[HandlerFailure] {
        self.delivery.failures()
    }
}
