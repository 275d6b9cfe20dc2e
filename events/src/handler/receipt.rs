//! What came of handing an event to its handlers.

use std::fmt;
use std::time::Duration;

use super::{Class, HandlerError};
use crate::error::{Error, ErrorKind};
use crate::id::{EventId, EventName, HandlerName};

/// What the handlers of one or several events did: a count, and the failures.
///
/// It allocates nothing when all went well. Failures in it are not lost: on a dispatcher each has
/// its letter, unless its [`Disposition`] says otherwise; on a bus alone the caller has to look.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// let bus = EventBus::builder().handlers(HandlerRegistry::none()).build().unwrap();
/// bus.subscribe(|_: &Ping| {});
/// bus.subscribe(|_: &Ping| Err::<(), _>("the server is busy"));
/// let delivery = bus.publish(&Ping);
/// assert_eq!((delivery.handled(), delivery.failures().len()), (1, 1));
/// assert!(delivery.into_result().is_err());
/// ```
#[derive(Debug, Default)]
pub struct Delivery {
    handled: usize,
    skipped: usize,
    failures: Vec<HandlerFailure>,
}

impl Delivery {
    pub(crate) fn count_handled(&mut self) {
        self.handled += 1;
    }

    pub(crate) fn count_skipped(&mut self) {
        self.skipped += 1;
    }

    pub(crate) fn push_failure(&mut self, failure: HandlerFailure) {
        self.failures.push(failure);
    }

    pub(crate) fn failures_mut(&mut self) -> &mut [HandlerFailure] {
        &mut self.failures
    }

    pub(crate) fn absorb(&mut self, other: Self) {
        self.handled += other.handled;
        self.skipped += other.skipped;
        self.failures.extend(other.failures);
    }

    /// Whether nobody was called.
    pub(crate) fn is_empty(&self) -> bool {
        self.handled + self.skipped + self.failures.len() == 0
    }

    /// How many calls succeeded.
    #[must_use]
    pub fn handled(&self) -> usize {
        self.handled
    }

    /// How many async handlers a bus of sync handlers only has left out, as it was told to.
    #[must_use]
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// The calls that failed.
    #[must_use]
    pub fn failures(&self) -> &[HandlerFailure] {
        &self.failures
    }

    /// The first failure as an error, for callers that want `?`.
    ///
    /// # Errors
    /// If a call failed.
    pub fn into_result(self) -> Result<usize, Error> {
        match self.failures.into_iter().next() {
            None => Ok(self.handled),
            Some(failure) => {
                let message = format!("handler `{}` failed on `{}`", failure.handler, failure.event);
                Err(Error::new(ErrorKind::Internal, message).with_source(Failed(failure.error)))
            }
        }
    }
}

/// A handler's error as an error of its own, since [`HandlerError`] itself can't be one.
struct Failed(HandlerError);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::error::Error for Failed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.error().source()
    }
}

/// What becomes of a failed call.
///
/// ```standalone_crate
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use events::Disposition;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?;
/// app.subscribe(|_: &Ping| Err::<(), _>("the server is busy"));
/// app.subscribe(|_: &Ping| Err::<(), _>(HandlerError::permanent("no such mailbox")));
/// let receipt = app.publish(Ping).await?;
/// let dispositions: Vec<_> = receipt.failures().iter().map(|failure| failure.disposition()).collect();
/// assert_eq!(dispositions, [Disposition::Retrying, Disposition::Dead]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Disposition {
    /// A bus alone keeps nothing: the caller has the error.
    Reported,
    /// A letter waits for its next attempt.
    Retrying,
    /// No attempt is left, or none would help; the letter waits for an operator.
    Dead,
    /// The letter itself couldn't be written: the failure is in this receipt and in the log only.
    Unrecorded,
}

/// A call of a handler that failed, or that asked to be called later ([`snooze`](Self::snooze)).
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// #[event_handler]
/// fn welcome(_: &Ping) -> Result<(), std::num::ParseIntError> {
///     "x".parse::<u8>().map(drop)
/// }
///
/// let bus = EventBus::builder().handlers(HandlerRegistry::only(handlers![welcome])).build().unwrap();
/// let delivery = bus.publish(&Ping);
/// let failure = &delivery.failures()[0];
/// assert_eq!((failure.handler().as_str(), failure.event().as_str()), ("welcome", "ping"));
/// assert_eq!(failure.error().to_string(), "invalid digit found in string");
/// assert_eq!(failure.class(), Class::Transient);
/// ```
#[derive(Debug)]
pub struct HandlerFailure {
    handler: HandlerName,
    event: EventName,
    event_id: EventId,
    error: HandlerError,
    disposition: Disposition,
}

impl HandlerFailure {
    pub(crate) fn new(handler: HandlerName, event: EventName, event_id: EventId, error: HandlerError) -> Self {
        Self { handler, event, event_id, error, disposition: Disposition::Reported }
    }

    pub(crate) fn set_disposition(&mut self, disposition: Disposition) {
        self.disposition = disposition;
    }

    /// The handler.
    #[must_use]
    pub fn handler(&self) -> &HandlerName {
        &self.handler
    }

    /// The event's name.
    #[must_use]
    pub fn event(&self) -> &EventName {
        &self.event
    }

    /// The event's id.
    #[must_use]
    pub fn event_id(&self) -> EventId {
        self.event_id
    }

    /// What the failure means for trying again.
    #[must_use]
    pub fn class(&self) -> Class {
        self.error.class()
    }

    /// The error.
    #[must_use]
    pub fn error(&self) -> &HandlerError {
        &self.error
    }

    /// The delay that the handler asked for instead of failing.
    #[must_use]
    pub fn snooze(&self) -> Option<Duration> {
        self.error.snoozed()
    }

    /// What becomes of it.
    #[must_use]
    pub fn disposition(&self) -> Disposition {
        self.disposition
    }
}
