//! What a lane asks of the dispatcher.

use std::any::Any;
use std::sync::Arc;

use super::DurableHandler;
use crate::commit::{Prepared, Undelivered};
use crate::event::{DecodeError, ErasedEvent, RecordedEvent};
use crate::handler::{Attempt, BoxFuture, HandlerError};
use crate::store::{Appended, EventStore, LetterId};

/// The dispatcher, as lanes see it.
pub(crate) trait Host: Send + Sync + 'static {
    fn store(&self) -> &EventStore;

    /// Reads an event into the newest version of its type; `None` if it can't be read.
    ///
    /// # Errors
    /// If this process is too old for it.
    fn decode(&self, event: &RecordedEvent) -> Result<Option<Arc<dyn ErasedEvent>>, DecodeError>;

    /// Calls the handler.
    fn call<'a>(&'a self, call: DurableCall<'a>) -> BoxFuture<'a, Called>;

    /// Calls a handler with the connection of a transaction. What it emits is answered, to be appended
    /// in the transaction.
    fn call_in<'a>(
        &'a self,
        call: DurableCall<'a>,
        connection: &'a mut (dyn Any + Send),
    ) -> BoxFuture<'a, (Called, Option<Prepared>)>;

    /// Says that emitted events were committed, and calls the inline handlers with them.
    fn deliver<'a>(&'a self, emitted: Undelivered, appended: Appended) -> BoxFuture<'a, ()>;

    /// Says that a checkpoint has moved.
    fn note_progress(&self);

    /// Says that a call has changed a letter.
    fn note_letter_tried(&self);

    /// Says that letters have become dead.
    fn tell_of_dead(&self, letters: Vec<LetterId>) -> BoxFuture<'_, ()>;
}

/// One call of a durable handler.
pub(crate) struct DurableCall<'a> {
    pub(crate) handler: &'a DurableHandler,
    /// One event, or several for a handler that takes several; never none.
    pub(crate) events: &'a [&'a RecordedEvent],
    pub(crate) attempt: Attempt,
}

impl DurableCall<'_> {
    /// Whether it is about what was handled before. A batch is on one side of that.
    pub(crate) fn replays(&self) -> bool {
        self.events.first().is_some_and(|event| self.handler.replays(event))
    }
}

/// What came of a call.
pub(crate) enum Called {
    Handled,
    Failed(HandlerError),
    /// This process is older than the event.
    Unreadable(DecodeError),
}
