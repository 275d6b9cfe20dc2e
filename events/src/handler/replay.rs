//! Whether a call is about history that was handled before.

use super::{EventContext, ExtractError, FromContext};

/// Whether the event was handled before: by an earlier version of the handler, or by the handler itself
/// before an operator has let it begin anew. What the handler emits is held back then; what it does to
/// the outside, or publishes, is its own to leave out.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use events::Replay;
///
/// #[event_handler(durable(from = "start", version = 2))]
/// async fn rank(event: &Ping, replay: Replay) {
///     // … brings its tables up to date …
///     if !replay.is_replay() {
///         // … and tells somebody of it.
///     }
/// }
///
/// assert_eq!(handlers![rank][0].name(), "rank@2");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replay(bool);

impl Replay {
    /// Whether it was.
    #[must_use]
    pub const fn is_replay(self) -> bool {
        self.0
    }
}

impl<'c> FromContext<'c> for Replay {
    fn from_context(context: &'c EventContext<'_>) -> Result<Self, ExtractError> {
        Ok(Self(context.is_replay()))
    }
}
