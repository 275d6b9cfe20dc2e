//! What a handler's return value says.

use std::time::Duration;

use super::HandlerError;
use crate::error::BoxError;

/// The answer of a handler that has more to say than `Ok(())`.
///
/// ```
/// use events::Outcome;
/// use std::time::Duration;
///
/// fn decide(open: bool) -> Outcome {
///     if open { Outcome::Done } else { Outcome::Snooze(Duration::from_secs(60)) }
/// }
/// # decide(true);
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

impl Outcome {
    /// Whether the event needs no further call.
    pub(crate) fn is_success(&self) -> bool {
        matches!(self, Self::Done | Self::Ignored)
    }
}

/// What every handler's answer becomes.
pub type HandlerResult = Result<Outcome, HandlerError>;

/// What a handler may return: nothing, an [`Outcome`], or a `Result` of either with any error.
#[diagnostic::on_unimplemented(
    message = "a handler can't return `{Self}`",
    note = "a handler returns `()`, `Result<(), E>`, `Outcome` or `Result<Outcome, E>`, where `E` is an error (anyhow's too) or a text"
)]
pub trait IntoHandlerResult {
    /// Turns the answer into the one form.
    fn into_handler_result(self) -> HandlerResult;
}

impl IntoHandlerResult for () {
    fn into_handler_result(self) -> HandlerResult {
        Ok(Outcome::Done)
    }
}

impl IntoHandlerResult for Outcome {
    fn into_handler_result(self) -> HandlerResult {
        Ok(self)
    }
}

impl<T: Into<OutcomeOf>, E: Into<HandlerError>> IntoHandlerResult for Result<T, E> {
    fn into_handler_result(self) -> HandlerResult {
        self.map(|outcome| outcome.into().0).map_err(Into::into)
    }
}

/// The success of a handler: `()` or an [`Outcome`].
pub struct OutcomeOf(Outcome);

impl From<()> for OutcomeOf {
    fn from((): ()) -> Self {
        Self(Outcome::Done)
    }
}

impl From<Outcome> for OutcomeOf {
    fn from(outcome: Outcome) -> Self {
        Self(outcome)
    }
}

/// Finds out whether an error says what it means: the method of the more specific receiver wins.
/// Used by generated code, where the types are known.
pub struct Classified<R>(pub Option<R>);

/// The rule for errors that implement [`Classify`](super::Classify).
pub trait ViaClassify {
    /// Turns the answer into the one form.
    fn into_handler_result(&mut self) -> HandlerResult;
}

impl<T: Into<OutcomeOf>, E: super::Classify + Into<BoxError>> ViaClassify for Classified<Result<T, E>> {
    fn into_handler_result(&mut self) -> HandlerResult {
        match self.0.take() {
            Some(Ok(outcome)) => Ok(outcome.into().0),
            Some(Err(error)) => Err(HandlerError::classified(error)),
            None => Ok(Outcome::Done),
        }
    }
}

/// The rule for everything else.
pub trait ViaInto {
    /// Turns the answer into the one form.
    fn into_handler_result(&mut self) -> HandlerResult;
}

impl<R: IntoHandlerResult> ViaInto for &mut Classified<R> {
    fn into_handler_result(&mut self) -> HandlerResult {
        self.0.take().map_or(Ok(Outcome::Done), R::into_handler_result)
    }
}
