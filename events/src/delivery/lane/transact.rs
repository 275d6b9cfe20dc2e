//! Calls inside of the transaction that also moves the checkpoint.

use std::sync::Arc;

use super::super::{Called, DurableCall, DurableHandler, Host};
use super::{End, Lane, Ticket};
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
    events: &[&RecordedEvent],
    attempt: Attempt,
    write: LaneWrite,
) -> Result<Transacted, Error> {
    let mut transaction = store.backend().begin().await?;
    let (called, emitted) = host.call_in(DurableCall { handler, events, attempt }, transaction.connection()).await;
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
        // It took too long, has ended the transaction by itself, or breaks a constraint at the commit: its
        // own fault, and nothing is written.
        Err(error) if error.is_timeout() => Ok(Transacted::undone(Class::Timeout, error)),
        Err(error) if error.is_invalid() => Ok(Transacted::undone(Class::Permanent, error)),
        // The database has undone it in favour of another.
        Err(error) if error.is_conflict() => Ok(Transacted::undone(Class::Transient, error)),
        Err(error) => Err(error),
    }
}

impl Lane {
    /// One transaction: nothing else of the lane is under way meanwhile. If the handler succeeds, the
    /// checkpoint has moved with it, as far as it can when these events are done.
    pub(super) async fn call_in_transaction(
        &mut self,
        host: &Arc<dyn Host>,
        events: &[&RecordedEvent],
        tickets: &[Ticket],
    ) -> Result<Called, End> {
        let mut write = self.new_write();
        let to = self.window.checkpoint_with(tickets);
        write.advance = (to > self.stored).then_some(Advance { from: self.stored, to });
        match transact(&**host, &self.store, &self.handler, events, Attempt::FIRST, write).await? {
            Transacted::Committed => {
                self.saved(LaneAnswer::Written { letters: Vec::new() }, to)?;
                Ok(Called::Handled)
            }
            Transacted::Lost => Err(End::Lost),
            Transacted::Undone(called) => Ok(called),
        }
    }
}
