//! Looking at letters and marking them.

use std::fmt;

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use super::runs::refuse_unsaid;
use crate::error::{Error, ErrorKind};
use crate::event::RecordedEvent;
use crate::id::{Position, Version};
use crate::store::{
    AttemptRecord, EventStore, FailedEvent, LetterAction, LetterChange, LetterId, LetterPurge, LetterQuery,
    LetterStats, LetterStatus, LogQuery, Operation, PurgeSaid, StreamQuery,
};

/// Who changes letters, and why: what the audit keeps.
///
/// ```
/// use events::Audit;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// # let letters = events::DeadLetterQueue::new(events::EventStore::memory());
/// # let dead = events::store::LetterQuery::new().status(events::store::LetterStatus::Dead);
/// letters.redrive(dead, Audit::by("ada").because("the gateway is back")).await?;
/// assert_eq!(letters.operations(1).await?[0].reason, "the gateway is back");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Audit {
    by: String,
    reason: String,
}

impl Audit {
    /// Names who does it.
    pub fn by(who: impl Into<String>) -> Self {
        Self { by: who.into(), reason: String::new() }
    }

    /// Who, and why.
    pub(crate) fn into_parts(self) -> (String, String) {
        (self.by, self.reason)
    }

    /// Says why.
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }
}

/// The letters of a store. Cheap to clone; works from any process that can open the store.
///
/// ```
/// use events::prelude::*;
/// use events::store::{LetterQuery, LetterStatus};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let letters = DeadLetterQueue::new(EventStore::memory());
/// for letter in letters.list(LetterQuery::new().status(LetterStatus::Dead)).await? {
///     println!("{} failed on {} {} times", letter.handler, letter.event, letter.attempts);
/// }
/// let redriven = letters.redrive(LetterQuery::new().handler("send_welcome"), Audit::by("ada")).await?;
/// assert!(redriven.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct DeadLetterQueue {
    store: EventStore,
    changed: Option<watch::Sender<u64>>,
}

impl DeadLetterQueue {
    /// The letters of a store.
    #[must_use]
    pub fn new(store: EventStore) -> Self {
        Self { store, changed: None }
    }

    /// The letters of a dispatcher's store; changes wake its worker.
    pub(crate) fn waking(store: EventStore, changed: watch::Sender<u64>) -> Self {
        Self { store, changed: Some(changed) }
    }

    pub(crate) fn store(&self) -> &EventStore {
        &self.store
    }

    /// Letters that match, oldest first.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn list(&self, query: LetterQuery) -> Result<Vec<FailedEvent>, Error> {
        self.store.backend().letters(query).await
    }

    /// One letter.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn get(&self, id: LetterId) -> Result<Option<FailedEvent>, Error> {
        Ok(self.list(LetterQuery::new().id(id)).await?.into_iter().next())
    }

    /// The failed attempts of a letter, oldest first: see [`AttemptRecord`]. A letter that isn't there has
    /// none.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn attempts(&self, id: LetterId) -> Result<Vec<AttemptRecord>, Error> {
        self.store.backend().letter_attempts(id).await
    }

    /// The event that a letter is about, as the store keeps it.
    ///
    /// # Errors
    /// If the store can't be read, or the event isn't in it.
    ///
    /// # Examples
    /// ```standalone_crate
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Ping;
    /// use events::store::LetterQuery;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?;
    /// # app.subscribe(|_: &Ping| Err::<(), _>(HandlerError::permanent("no such mailbox")));
    /// # app.publish(Ping).await?;
    /// let letters = app.dead_letters();
    /// let letter = &letters.list(LetterQuery::new()).await?[0];
    /// let event = letters.event(letter).await?;
    /// assert_eq!((event.name().as_str(), event.payload().as_json()), ("ping", "null"));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn event(&self, letter: &FailedEvent) -> Result<RecordedEvent, Error> {
        let before = Position::new(letter.position.value().saturating_sub(1));
        let page = self.store.read_log(LogQuery::new().after(before).with_limit(1)).await?;
        let event = page.into_events().into_iter().find(|event| event.metadata().event_id() == letter.event_id);
        // An open transaction may hold the end of the log back; a stream is read without waiting for it.
        match event {
            Some(event) => Ok(event),
            None => self.event_in_stream(letter).await?.ok_or_else(|| {
                let message =
                    format!("event {} of letter {} isn't at position {}", letter.event_id, letter.id, letter.position);
                Error::new(ErrorKind::NotFound, message)
            }),
        }
    }

    /// The event that the letter's handler is called with: with other data, if the letter was edited.
    pub(crate) async fn event_to_handle(&self, letter: &FailedEvent) -> Result<RecordedEvent, Error> {
        let event = self.event(letter).await?;
        Ok(match &letter.edited {
            Some(edited) => event.with_payload(edited.clone()),
            None => event,
        })
    }

    async fn event_in_stream(&self, letter: &FailedEvent) -> Result<Option<RecordedEvent>, Error> {
        let mut query = StreamQuery::new().backwards();
        loop {
            let page = self.store.stream_page(&letter.stream, &query).await?;
            let last = page.last().filter(|last| last.position() > letter.position).map(RecordedEvent::version);
            let event = page.into_iter().find(|event| event.metadata().event_id() == letter.event_id);
            match last {
                Some(last) if event.is_none() => query = query.to(Version::new(last.value().saturating_sub(1))),
                _ => return Ok(event),
            }
        }
    }

    /// Counts of letters.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn stats(&self) -> Result<LetterStats, Error> {
        self.store.backend().letter_stats().await
    }

    /// Has letters tried again now: dead ones get all their attempts anew, retrying ones don't wait
    /// any longer. A started dispatcher that has the handler does it; answers with the letters.
    ///
    /// # Errors
    /// If the query has no condition and isn't [`LetterQuery::all`], or the store can't be written;
    /// nothing is changed then.
    ///
    /// # Examples
    /// ```standalone_crate
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Ping;
    /// use events::store::{LetterQuery, LetterStatus};
    ///
    /// #[event_handler]
    /// fn mail(_: &Ping, attempt: Attempt) -> Result<(), &'static str> {
    ///     if attempt.is_first() { Err("the server is busy") } else { Ok(()) }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let builder = EventDispatcher::builder().handlers(HandlerRegistry::only(handlers![mail]));
    /// let app = builder.retry(RetryPolicy::never()).start().await?;
    /// let receipt = app.publish(Ping).await?;
    /// let dead = LetterQuery::new().status(LetterStatus::Dead).handler("mail");
    /// let redriven = app.dead_letters().redrive(dead, Audit::by("ada").because("the server is back")).await?;
    /// assert_eq!(redriven.len(), 1);
    /// assert_eq!(app.settled(&receipt).await?.resolved, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn redrive(&self, letters: LetterQuery, audit: Audit) -> Result<Vec<LetterId>, Error> {
        self.change(LetterAction::Redrive, letters, audit).await
    }

    /// Gives up letters that are retrying or dead; answers with them. They can be restored until
    /// their retention ends.
    ///
    /// # Errors
    /// If the query has no condition and isn't [`LetterQuery::all`], or the store can't be written;
    /// nothing is changed then.
    ///
    /// # Examples
    /// ```standalone_crate
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Ping;
    /// use events::store::LetterQuery;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?;
    /// # app.subscribe(|_: &Ping| Err::<(), _>(HandlerError::permanent("no such mailbox")));
    /// # app.publish(Ping).await?;
    /// let letters = app.dead_letters();
    /// let old = letters.discard(LetterQuery::new().event("ping"), Audit::by("ada")).await?;
    /// assert_eq!(old.len(), 1);
    /// assert!(letters.discard(LetterQuery::all(), Audit::by("ada")).await?.is_empty(), "nothing is left");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn discard(&self, letters: LetterQuery, audit: Audit) -> Result<Vec<LetterId>, Error> {
        self.change(LetterAction::Discard, letters, audit).await
    }

    /// Gives up letters that are retrying or dead, as [`discard`](Self::discard) does, but what waits behind
    /// them goes on waiting until they are [released](Self::release) or restored. Answers with them.
    ///
    /// # Errors
    /// As [`discard`](Self::discard).
    ///
    /// # Examples
    /// ```standalone_crate
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Ping;
    /// use events::store::LetterQuery;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?;
    /// # app.subscribe(|_: &Ping| Err::<(), _>(HandlerError::permanent("no such mailbox")));
    /// # app.publish(Ping).await?;
    /// let letters = app.dead_letters();
    /// let why = Audit::by("ada").because("the customer is asked first");
    /// let held = letters.hold(LetterQuery::new().event("ping"), why).await?;
    /// assert!(letters.get(held[0]).await?.unwrap().held);
    /// assert_eq!(letters.release(LetterQuery::new().ids(held), Audit::by("ada")).await?.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn hold(&self, letters: LetterQuery, audit: Audit) -> Result<Vec<LetterId>, Error> {
        self.change(LetterAction::Hold, letters, audit).await
    }

    /// Lets go on what waits behind letters that are [held](Self::hold); answers with the letters.
    ///
    /// # Errors
    /// As [`discard`](Self::discard).
    pub async fn release(&self, letters: LetterQuery, audit: Audit) -> Result<Vec<LetterId>, Error> {
        self.change(LetterAction::Release, letters, audit).await
    }

    /// Makes discarded letters dead again; answers with them.
    ///
    /// # Errors
    /// If the query has no condition and isn't [`LetterQuery::all`], or the store can't be written;
    /// nothing is changed then.
    ///
    /// # Examples
    /// ```standalone_crate
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Ping;
    /// use events::store::{LetterQuery, LetterStatus};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?;
    /// # app.subscribe(|_: &Ping| Err::<(), _>(HandlerError::permanent("no such mailbox")));
    /// # app.publish(Ping).await?;
    /// let letters = app.dead_letters();
    /// let id = letters.discard(LetterQuery::all(), Audit::by("ada")).await?[0];
    /// letters.restore(LetterQuery::new().id(id), Audit::by("ada").because("a slip")).await?;
    /// assert_eq!(letters.get(id).await?.unwrap().status, LetterStatus::Dead);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn restore(&self, letters: LetterQuery, audit: Audit) -> Result<Vec<LetterId>, Error> {
        self.change(LetterAction::Restore, letters, audit).await
    }

    async fn change(&self, action: LetterAction, letters: LetterQuery, audit: Audit) -> Result<Vec<LetterId>, Error> {
        refuse_unsaid(&letters)?;
        let Audit { by, reason } = audit;
        let change = LetterChange { action, letters, by, reason, at: self.store.now() };
        let changed = self.store.backend().change_letters(change).await?;
        self.note_change();
        tracing::info!(action = action.as_str(), letters = changed.len(), "letters were changed");
        Ok(changed)
    }

    /// Has what works on this store in this process look at what has changed.
    pub(super) fn note_change(&self) {
        if let Some(sender) = &self.changed {
            sender.send_modify(|count| *count = count.wrapping_add(1));
        }
    }

    /// Removes closed letters of a status that were closed before a time, for good; answers how many.
    ///
    /// # Errors
    /// If the status isn't a closed one, or the store can't be written.
    ///
    /// # Examples
    /// ```standalone_crate
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Ping;
    /// use events::store::{LetterQuery, LetterStatus};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?;
    /// # app.subscribe(|_: &Ping| Err::<(), _>(HandlerError::permanent("no such mailbox")));
    /// # app.publish(Ping).await?;
    /// let letters = app.dead_letters();
    /// let now = || chrono::Utc::now() + chrono::TimeDelta::seconds(1);
    /// assert!(letters.purge(LetterStatus::Dead, now(), Audit::by("ada")).await.unwrap_err().is_invalid());
    /// letters.discard(LetterQuery::all(), Audit::by("ada")).await?;
    /// assert_eq!(letters.purge(LetterStatus::Discarded, now(), Audit::by("ada")).await?, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn purge(&self, status: LetterStatus, before: DateTime<Utc>, audit: Audit) -> Result<u64, Error> {
        if !status.is_closed() {
            let message = format!("letters that are {status} can't be purged: discard them first");
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        let Audit { by, reason } = audit;
        let said = Some(PurgeSaid { by, reason, at: self.store.now() });
        self.store.backend().purge_letters(LetterPurge { status, before, said }).await
    }

    /// What operators have done, newest first.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn operations(&self, limit: usize) -> Result<Vec<Operation>, Error> {
        self.store.backend().operations(limit).await
    }
}

impl fmt::Debug for DeadLetterQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeadLetterQueue").field("store", &self.store).finish_non_exhaustive()
    }
}
