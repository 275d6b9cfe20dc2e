//! Taking part in a transaction that somebody else has begun and will end.

use std::any::Any;

use sqlx::postgres::PgConnection;

use super::append::{self, Mode, Outcome};
use super::link::Failure;
use super::statements::Statements;
use crate::error::{Error, ErrorKind};
use crate::store::{Append, AppendError, Appended};

/// How often a commit is tried whose ids others write at the same time.
const TRIES: usize = 5;

/// The connection that a caller has handed over.
pub(super) fn connection(transaction: &mut (dyn Any + Send)) -> Result<&mut PgConnection, Error> {
    let message = "this store is in PostgreSQL: the transaction has to be one of sqlx, as a `&mut PgConnection`";
    transaction.downcast_mut().ok_or_else(|| Error::new(ErrorKind::Unsupported, message))
}

/// Appends in the transaction. What is refused leaves it usable.
pub(super) async fn append(
    connection: &mut PgConnection,
    statements: &Statements,
    commit: &Append,
) -> Result<Appended, AppendError> {
    for _ in 0..TRIES {
        let outcomes = append::run(connection, &statements.append_in, &[commit], Mode::Careful).await;
        match outcomes.map_err(Error::from)?.into_iter().next() {
            Some(Outcome::Appended(appended)) => return Ok(appended),
            Some(Outcome::Refused(error)) => return Err(error),
            Some(Outcome::TooLong) => {
                let message = "another transaction holds what the commit needs, for longer than lock_timeout allows";
                return Err(Error::new(ErrorKind::Unavailable, message).into());
            }
            // It was there before, or has come at the same moment.
            _ => {}
        }
        let found = append::find(connection, statements, commit).await.map_err(Error::from)??;
        if let Some(appended) = found {
            return Ok(appended);
        }
    }
    let failure = Failure::Store(Error::new(ErrorKind::Internal, "the ids of the commit come and go in the log"));
    Err(Error::from(failure).into())
}
