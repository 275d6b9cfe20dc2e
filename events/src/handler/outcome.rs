//! What a handler's return value says.

use std::time::Duration;

use super::HandlerError;
use crate::error::BoxError;

/// The answer of a handler that has more to say than `Ok(())`.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use std::time::Duration;
///
/// #[event_handler]
/// fn deliver(_: &Ping, State(open): State<&bool>) -> Outcome {
///     if *open { Outcome::Done } else { Outcome::Snooze(Duration::from_secs(60)) }
/// }
///
/// let bus = EventBus::builder().handlers(HandlerRegistry::only(handlers![deliver])).state(false).build().unwrap();
/// assert_eq!(bus.publish(&Ping).failures()[0].snooze(), Some(Duration::from_secs(60)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The event is handled.
    Done,
    /// The event is none of this handler's business.
    Ignored,
    /// Call again after that time; uses up no attempt.
    Snooze(Duration),
    /// Failed; call again, at the earliest after that time.
    Retry {
        /// The least delay; the retry policy's when `None`.
        after: Option<Duration>,
    },
    /// Failed for good.
    Dead {
        /// Why, for the operator.
        reason: String,
    },
}

/// What every handler's answer becomes: handled, or a failure that says what to do next.
///
/// An [`Outcome`] other than success is a [`HandlerError`] from here on, which keeps the answer of
/// the many calls that succeed as small as a pointer.
///
/// ```
/// use events::Outcome;
/// use events::handler::HandlerResult;
///
/// let result = HandlerResult::from(Outcome::Dead { reason: "the account is closed".into() });
/// assert!(!result.unwrap_err().class().is_retryable());
/// assert!(HandlerResult::from(Outcome::Ignored).is_ok());
/// ```
pub type HandlerResult = Result<(), HandlerError>;

impl From<Outcome> for HandlerResult {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done | Outcome::Ignored => Ok(()),
            Outcome::Snooze(delay) => Err(HandlerError::snooze(delay)),
            Outcome::Retry { after } => Err(HandlerError::retry_after(after.unwrap_or_default(), AskedToRetry)),
            Outcome::Dead { reason } => Err(HandlerError::permanent(GaveUp(reason))),
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the handler asked to be called again")]
struct AskedToRetry;

#[derive(Debug, thiserror::Error)]
#[error("the handler gave up: {0}")]
struct GaveUp(String);

/// What a handler may return: nothing, an [`Outcome`], or a `Result` of either with any error.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// let bus = EventBus::builder().handlers(HandlerRegistry::none()).build().unwrap();
/// bus.subscribe(|_: &Ping| ());
/// bus.subscribe(|_: &Ping| Outcome::Ignored);
/// bus.subscribe(|_: &Ping| "7".parse::<u8>().map(drop));
/// bus.subscribe(|_: &Ping| Err::<Outcome, _>("not today"));
/// let delivery = bus.publish(&Ping);
/// assert_eq!((delivery.handled(), delivery.failures().len()), (3, 1));
/// ```
#[diagnostic::on_unimplemented(
    message = "a handler can't return `{Self}`",
    label = "no answer of a handler",
    note = "a handler returns `()`, `Result<(), E>`, `Outcome` or `Result<Outcome, E>`, where `E` is an error (anyhow's too) or a text; one that waits is an `async fn`"
)]
pub trait IntoHandlerResult {
    /// Turns the answer into the one form.
    ///
    /// # Errors
    /// The handler's failure.
    fn into_handler_result(self) -> HandlerResult;
}

impl IntoHandlerResult for () {
    fn into_handler_result(self) -> HandlerResult {
        Ok(())
    }
}

impl IntoHandlerResult for Outcome {
    fn into_handler_result(self) -> HandlerResult {
        self.into()
    }
}

impl<T: IntoOutcome, E: IntoHandlerError> IntoHandlerResult for Result<T, E> {
    fn into_handler_result(self) -> HandlerResult {
        self.map_err(E::into_handler_error)?.into_outcome()
    }
}

/// What the `Ok` of a handler may hold.
#[diagnostic::on_unimplemented(
    message = "a handler can't answer with `Ok({Self})`",
    label = "neither `()` nor `Outcome`",
    note = "a handler returns `()`, `Result<(), E>`, `Outcome` or `Result<Outcome, E>`; what it has found out belongs into an event, a state or a table"
)]
pub trait IntoOutcome {
    /// Turns the success into the one form.
    ///
    /// # Errors
    /// An outcome other than success.
    fn into_outcome(self) -> HandlerResult;
}

impl IntoOutcome for () {
    fn into_outcome(self) -> HandlerResult {
        Ok(())
    }
}

impl IntoOutcome for Outcome {
    fn into_outcome(self) -> HandlerResult {
        self.into()
    }
}

/// What the `Err` of a handler may hold.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an error that a handler can return",
    label = "not an error",
    note = "implement `std::error::Error` for `{Self}` (it must be `Send`, `Sync` and `'static`), or return `HandlerError`, `anyhow::Error` or a text"
)]
pub trait IntoHandlerError {
    /// Turns the error into the one form.
    fn into_handler_error(self) -> HandlerError;
}

#[diagnostic::do_not_recommend]
impl<E: Into<HandlerError>> IntoHandlerError for E {
    fn into_handler_error(self) -> HandlerError {
        self.into()
    }
}

/// Finds out whether an error says what it means: the method of the more specific receiver wins.
/// Used by generated code, where the types are known, as
/// `(&mut Classified(Some(answer))).into_handler_result()`.
pub struct Classified<R>(pub Option<R>);

/// The rule for errors that implement [`Classify`](super::Classify): found first, because its
/// receiver is the reference itself.
#[expect(
    clippy::wrong_self_convention,
    reason = "the receiver is a reference so that one rule is found before the other"
)]
pub trait ViaClassify {
    /// Turns the answer into the one form.
    ///
    /// # Errors
    /// The handler's failure.
    fn into_handler_result(&mut self) -> HandlerResult;
}

impl<T: IntoOutcome, E: super::Classify + Into<BoxError>> ViaClassify for Classified<Result<T, E>> {
    fn into_handler_result(&mut self) -> HandlerResult {
        match self.0.take() {
            Some(Ok(outcome)) => outcome.into_outcome(),
            Some(Err(error)) => Err(HandlerError::classified(error)),
            None => Ok(()),
        }
    }
}

/// The rule for everything else: found second, because its receiver takes a further reference.
///
/// It exists for every answer and asks for [`IntoHandlerResult`] in its method only, so that the
/// compiler's message for a wrong return type is that trait's.
#[expect(
    clippy::wrong_self_convention,
    reason = "the receiver is a reference so that one rule is found before the other"
)]
pub trait ViaInto {
    /// The answer.
    type Answer;

    /// Turns the answer into the one form.
    ///
    /// # Errors
    /// The handler's failure.
    fn into_handler_result(&mut self) -> HandlerResult
    where
        Self::Answer: IntoHandlerResult;
}

impl<R> ViaInto for &mut Classified<R> {
    type Answer = R;

    fn into_handler_result(&mut self) -> HandlerResult
    where
        R: IntoHandlerResult,
    {
        self.0.take().map_or(Ok(()), R::into_handler_result)
    }
}
