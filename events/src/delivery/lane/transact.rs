//! Calls inside of the transaction that also moves the checkpoint.

use std::sync::Arc;

use super::super::{Called, DurableCall, DurableHandler, Host};
use super::{End, Lane, Pending};
use crate::error::Error;
use crate::event::RecordedEvent;
use crate::handler::{Attempt, Class, HandlerError};
use crate::store::{Advance, AppendError, EventStore, LaneAnswer, LaneWrite};

/// What came of a call in a transaction.
pub(super) enum Transacted {
    /// The handler's writes and the lane's are there.
    Committed,
    /// The lane has passed to somebody else; nothing is written.
    Lost,
    /// The handler hasn't succeeded; nothing is written.
    Undone(Called),
}

impl Transacted {
    fn undone(class: Class, error: Error) -> Self {
        Self::Undone(Called::Failed(HandlerError::new(class, error)))
    }
}

/// Calls the handler in a transaction, and commits it with the lane's part if the handler succeeds.
pub(super) async fn transact(
    host: &dyn Host,
    store: &EventStore,
    handler: &DurableHandler,
    event: &RecordedEvent,
    attempt: Attempt,
    write: LaneWrite,
) -> Result<Transacted, Error> {
    let mut transaction = store.backend().begin().await?;
    let (called, emitted) = host.call_in(DurableCall { handler, event, attempt }, transaction.connection()).await;
    if !matches!(called, Called::Handled) {
        transaction.roll_back().await?;
        return Ok(Transacted::Undone(called));
    }
    let mut deliver = None;
    if let Some(emitted) = emitted {
        let (append, undelivered) = emitted.split();
        match store.append_lent(&mut *transaction, append).await {
            Ok(appended) => deliver = Some((undelivered, appended)),
            Err(AppendError::Store(error)) => return transacted(Err(error)),
            Err(error) => {
                transaction.roll_back().await?;
                let error = HandlerError::new(Class::Permanent, error);
                return Ok(Transacted::Undone(Called::Failed(error)));
            }
        }
    }
    let transacted = transacted(transaction.commit(write).await)?;
    if let (Transacted::Committed, Some((emitted, appended))) = (&transacted, deliver) {
        host.deliver(emitted, appended).await;
    }
    Ok(transacted)
}

fn transacted(answer: Result<LaneAnswer, Error>) -> Result<Transacted, Error> {
    match answer {
        Ok(LaneAnswer::Written { .. }) => Ok(Transacted::Committed),
        Ok(LaneAnswer::Lost) => Ok(Transacted::Lost),
        // It took too long, or has ended the transaction by itself: its own fault, and nothing is written.
        Err(error) if error.is_timeout() => Ok(Transacted::undone(Class::Timeout, error)),
        Err(error) if error.is_invalid() => Ok(Transacted::undone(Class::Permanent, error)),
        Err(error) => Err(error),
    }
}

impl Lane {
    /// One event, one transaction: nothing else of the lane is under way meanwhile.
    pub(super) async fn call_in_transaction(
        &mut self,
        host: &Arc<dyn Host>,
        mut pending: Pending,
        key: Option<String>,
    ) -> Result<(), End> {
        let event = Arc::clone(&pending.event);
        let ticket = *pending.ticket.get_or_insert_with(|| self.window.push(event.position()));
        let mut write = self.new_write();
        let to = self.window.checkpoint_with(ticket);
        write.advance = (to > self.stored).then_some(Advance { from: self.stored, to });
        let transacted = transact(&**host, &self.store, &self.handler, &event, Attempt::FIRST, write).await?;
        let called = match transacted {
            Transacted::Committed => {
                self.saved(LaneAnswer::Written { letters: Vec::new() }, to)?;
                Called::Handled
            }
            Transacted::Lost => return Err(End::Lost),
            Transacted::Undone(called) => called,
        };
        let handled = matches!(called, Called::Handled);
        self.call_ended(pending, key, called).await?;
        if handled {
            // The checkpoint has moved with it already.
            self.handled_since_save = 0;
        }
        Ok(())
    }
}
