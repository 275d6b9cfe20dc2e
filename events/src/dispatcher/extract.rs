//! The dispatcher as an argument of a handler.

use super::EventDispatcher;
use crate::handler::{EventContext, ExtractError, FromContext, Requirement};

impl<'c> FromContext<'c> for &'c EventDispatcher {
    fn from_context(context: &'c EventContext<'_>) -> Result<Self, ExtractError> {
        let host = context.host().and_then(|host| host.downcast_ref());
        host.ok_or_else(|| ExtractError::new("no dispatcher: a bus alone can't lend one"))
    }

    fn requires() -> Requirement {
        Requirement::Dispatcher
    }
}
