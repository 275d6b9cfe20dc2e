//! Waiting until the handlers have done what they can about a commit.

use std::time::Duration;

use super::EventDispatcher;
use crate::commit::Receipt;
use crate::error::{Error, ErrorKind};
use crate::id::{EventId, HandlerName};
use crate::store::{FailedEvent, LetterQuery, LetterStatus};

/// How long [`EventDispatcher::settled`] waits.
const DEADLINE: Duration = Duration::from_secs(30);
/// How often the store is asked for what other processes have done.
pub(super) const POLL: Duration = Duration::from_millis(200);

/// What became of the handlers that failed on a commit.
///
/// ```standalone_crate
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).start().await?;
/// app.subscribe(|_: &Ping| Err::<(), _>(HandlerError::permanent("no such mailbox")));
/// let receipt = app.publish(Ping).await?;
/// let settled = app.settled(&receipt).await?;
/// assert_eq!((settled.resolved, settled.dead.len()), (0, 1));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Settled {
    /// Letters whose retry succeeded.
    pub resolved: usize,
    /// Letters of which no attempt is left, or none would help.
    pub dead: Vec<FailedEvent>,
    /// Letters that an operator has given up.
    pub discarded: usize,
    /// Events that a durable handler hasn't been called with, because they wait behind a letter of
    /// their key.
    pub parked: Vec<ParkedEvent>,
}

/// An event that waits behind a letter: the handler is called with it when the letter is resolved
/// or given up.
///
/// ```
/// use events::dispatcher::ParkedEvent;
/// use events::EventId;
///
/// let parked = ParkedEvent { handler: "send_welcome".into(), event_id: EventId::now() };
/// assert_eq!(parked.handler, "send_welcome");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedEvent {
    /// The handler.
    pub handler: HandlerName,
    /// The event.
    pub event_id: EventId,
}

/// For which handlers is waited.
#[derive(Clone, Copy)]
pub(super) enum Awaited<'a> {
    /// All that run somewhere.
    All,
    /// These, whether they run or not.
    Named(&'a [HandlerName]),
}

impl EventDispatcher {
    /// Waits, up to 30 s, until the durable handlers have passed the receipt's events, and no handler
    /// is left to be called again about them.
    ///
    /// A durable handler has passed an event when it has handled it, or has given it up, or the event
    /// waits behind a letter: see [`Settled`]. Those of other processes are waited for too, as long as
    /// the processes live; one that is paused or halted isn't.
    ///
    /// # Errors
    /// If the time is over: the error names a handler that is behind, and by how much, or that is still
    /// retrying. If the store can't be read.
    ///
    /// # Examples
    /// ```standalone_crate
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Ping;
    /// #[event_handler]
    /// fn mail(_: &Ping, attempt: Attempt) -> Result<(), &'static str> {
    ///     if attempt.is_first() { Err("the server is busy") } else { Ok(()) }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let app = EventDispatcher::builder().handlers(HandlerRegistry::only(handlers![mail])).start().await?;
    /// let receipt = app.publish(Ping).await?;
    /// assert_eq!(receipt.failures().len(), 1, "the first attempt");
    /// assert_eq!(app.settled(&receipt).await?.resolved, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn settled(&self, receipt: &Receipt) -> Result<Settled, Error> {
        self.settled_within(receipt, DEADLINE).await
    }

    /// As [`settled`](Self::settled), with another deadline.
    ///
    /// # Errors
    /// As [`settled`](Self::settled).
    pub async fn settled_within(&self, receipt: &Receipt, deadline: Duration) -> Result<Settled, Error> {
        if receipt.events().is_empty() {
            return Ok(Settled::default());
        }
        let started = tokio::time::Instant::now();
        let parked = self.passed(receipt, Awaited::All, deadline).await?;
        let deadline = deadline.saturating_sub(started.elapsed());
        let query = LetterQuery::new().event_ids(receipt.events().iter().map(|event| event.event_id));
        let letters = self.dead_letters();
        let settled = letters.list(query.clone());
        let outcome = async { settled.await.map(|letters| Settled { parked, ..summary(letters) }) };
        self.wait_for_letters(query, deadline, outcome).await
    }

    /// As [`settled_within`](Self::settled_within), for the handlers of these names alone: what others have
    /// still to do isn't waited for. A durable handler that is paused or halted is, being named.
    ///
    /// # Errors
    /// As [`settled`](Self::settled); and if nobody knows a handler of that name: it isn't registered here, and
    /// the store has no durable one.
    ///
    /// # Examples
    /// ```standalone_crate
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Ping;
    /// use std::time::Duration;
    ///
    /// #[event_handler(durable(from = "start"))]
    /// fn count(_: &Ping) {}
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let app = EventDispatcher::builder().handlers(HandlerRegistry::only(handlers![count])).start().await?;
    /// let receipt = app.publish(Ping).await?;
    /// app.settled_by(&receipt, ["count"], Duration::from_secs(5)).await?;
    /// let unknown = app.settled_by(&receipt, ["cuont"], Duration::from_secs(5)).await;
    /// assert!(unknown.unwrap_err().is_not_found());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn settled_by<N: Into<HandlerName>>(
        &self,
        receipt: &Receipt,
        handlers: impl IntoIterator<Item = N>,
        deadline: Duration,
    ) -> Result<Settled, Error> {
        let handlers: Vec<HandlerName> = handlers.into_iter().map(Into::into).collect();
        self.refuse_unknown(&handlers).await?;
        if receipt.events().is_empty() {
            return Ok(Settled::default());
        }
        let started = tokio::time::Instant::now();
        let parked = self.passed(receipt, Awaited::Named(&handlers), deadline).await?;
        let mut settled = Settled { parked, ..Settled::default() };
        let about = LetterQuery::new().event_ids(receipt.events().iter().map(|event| event.event_id));
        for handler in handlers {
            let query = about.clone().handler(handler);
            let letters = self.dead_letters();
            let outcome = letters.list(query.clone());
            let left = deadline.saturating_sub(started.elapsed());
            let of_one = self.wait_for_letters(query, left, async { outcome.await.map(summary) }).await?;
            settled.resolved += of_one.resolved;
            settled.discarded += of_one.discarded;
            settled.dead.extend(of_one.dead);
        }
        Ok(settled)
    }

    async fn refuse_unknown(&self, handlers: &[HandlerName]) -> Result<(), Error> {
        let here = self.inner.handler_names();
        let durable = match self.inner.store.backend().durable_handlers().await {
            Ok(rows) => rows,
            Err(error) if error.kind() == ErrorKind::Unsupported => Vec::new(),
            Err(error) => return Err(error),
        };
        let is_known = |name: &&HandlerName| here.contains(name) || durable.iter().any(|row| row.name == **name);
        match handlers.iter().find(|name| !is_known(name)) {
            None => Ok(()),
            Some(unknown) => {
                let message = format!("no handler `{unknown}` is registered here, and the store has no durable one");
                Err(Error::new(ErrorKind::NotFound, message))
            }
        }
    }

    /// Waits until no handler is left to be called again about any event: after a redrive, or
    /// before the end of a program that has imported something.
    ///
    /// # Errors
    /// As [`settled`](Self::settled).
    pub async fn all_settled(&self, deadline: Duration) -> Result<Settled, Error> {
        self.wait_for_letters(LetterQuery::all(), deadline, self.whole_store()).await
    }

    /// What is closed is only counted: it may be most of what the store has ever seen fail.
    async fn whole_store(&self) -> Result<Settled, Error> {
        let letters = self.dead_letters();
        let dead = letters.list(LetterQuery::new().status(LetterStatus::Dead)).await?;
        let counts = letters.stats().await?.by_status;
        let count = |status| counts.get(&status).map_or(0, |count| usize::try_from(*count).unwrap_or(usize::MAX));
        let (resolved, discarded) = (count(LetterStatus::Resolved), count(LetterStatus::Discarded));
        Ok(Settled { resolved, dead, discarded, parked: Vec::new() })
    }

    /// Waits until none of the letters that match is retrying, and reads what became of them then.
    async fn wait_for_letters(
        &self,
        query: LetterQuery,
        deadline: Duration,
        outcome: impl Future<Output = Result<Settled, Error>> + Send,
    ) -> Result<Settled, Error> {
        let mut changed = self.inner.letter_news();
        let mut waiting = None;
        let settled = async {
            loop {
                changed.mark_unchanged();
                let retrying = query.clone().status(LetterStatus::Retrying).with_limit(1);
                waiting = self.dead_letters().list(retrying).await?.into_iter().next();
                if waiting.is_none() {
                    return outcome.await;
                }
                // Either is a reason to look again.
                drop(tokio::time::timeout(POLL, changed.changed()).await);
            }
        };
        match tokio::time::timeout(deadline, settled).await {
            Ok(settled) => settled,
            Err(_) => Err(unsettled(waiting.as_ref(), deadline)),
        }
    }
}

fn summary(letters: Vec<FailedEvent>) -> Settled {
    let mut settled = Settled::default();
    for letter in letters {
        match letter.status {
            LetterStatus::Resolved => settled.resolved += 1,
            LetterStatus::Discarded => settled.discarded += 1,
            LetterStatus::Dead | LetterStatus::Retrying => settled.dead.push(letter),
        }
    }
    settled
}

fn unsettled(waiting: Option<&FailedEvent>, deadline: Duration) -> Error {
    let message = match waiting {
        Some(letter) => format!(
            "not settled after {deadline:?}: handler `{}` has failed {} times on `{}` and is still retrying; \
             only a started dispatcher retries",
            letter.handler, letter.attempts, letter.event
        ),
        None => format!("not settled after {deadline:?}: the store hasn't answered"),
    };
    Error::new(ErrorKind::Timeout, message)
}
