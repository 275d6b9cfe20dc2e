//! The database's own transaction, lent to a handler.

use std::any::Any;
use std::sync::{Mutex, PoisonError};

use super::{EventContext, ExtractError, FromContext, Requirement};

/// The connection of the store's database, inside of the transaction that also moves the handler's
/// checkpoint: what the handler writes through it happens exactly once, or not at all.
///
/// Only a durable handler can take it: `Tx(db): Tx<&mut sqlx::PgConnection>` on PostgreSQL, and
/// `Tx(db): Tx<&mut rusqlite::Connection>` in a sync handler on SQLite.
///
/// What it emits is appended in the same transaction, and the inline handlers of these events are called
/// when it is committed. Publishing is an error in it, because the store would have to wait for the
/// transaction.
///
/// ```
/// use events::handler::Requirement;
/// use events::{FromContext, Tx};
///
/// struct Connection;
///
/// assert_eq!(<Tx<&mut Connection> as FromContext>::requires(), Requirement::Transaction);
/// ```
#[derive(Debug)]
pub struct Tx<C>(pub C);

impl<'c, C: Send + 'static> FromContext<'c> for Tx<&'c mut C> {
    fn from_context(context: &'c EventContext<'_>) -> Result<Self, ExtractError> {
        let connection = context.take_connection()?;
        connection.downcast_mut().map(Tx).ok_or_else(|| {
            ExtractError::new(format!(
                "the store's connection is no `{}`: take the connection of the database that the store is on",
                std::any::type_name::<C>()
            ))
        })
    }

    fn requires() -> Requirement {
        Requirement::Transaction
    }
}

/// Something that lends a connection, once.
pub(crate) trait LendConnection: Sync {
    #[expect(clippy::mut_from_ref, reason = "the borrow is taken out of the slot: there is no second one")]
    fn lend(&self) -> Option<&mut (dyn Any + Send + 'static)>;
}

/// A connection that can be taken once. Behind a trait, so that the context of a call isn't bound to
/// the one lifetime of the connection.
pub(crate) struct ConnectionSlot<'t>(Mutex<Option<&'t mut (dyn Any + Send + 'static)>>);

impl<'t> ConnectionSlot<'t> {
    pub(crate) fn new(connection: &'t mut (dyn Any + Send + 'static)) -> Self {
        Self(Mutex::new(Some(connection)))
    }
}

impl LendConnection for ConnectionSlot<'_> {
    fn lend(&self) -> Option<&mut (dyn Any + Send + 'static)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().map(|connection| &mut *connection)
    }
}
