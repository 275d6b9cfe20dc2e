//! Transactions that are lent to handlers.

use std::any::Any;
use std::sync::Arc;

use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Postgres, Transaction};

use super::super::error::{closed, commit_error, is_aborted, store_error, undone_for_another};
use super::super::link::{Failure, Purpose, set_up};
use super::super::statements::Statements;
use super::super::{PostgresOptions, join};
use super::write;
use crate::error::{Error, ErrorKind};
use crate::handler::BoxFuture;
use crate::id::EventId;
use crate::store::{Append, AppendError, Appended, LaneAnswer, LaneTransaction, LaneWrite, limits};

/// The connections for transactions of handlers. They are others than the store's own: a handler that
/// reads from the store while it has one must not wait for itself.
pub(in super::super) struct Transactions {
    pool: PgPool,
    statements: Arc<Statements>,
}

impl Transactions {
    pub(in super::super) fn new(options: &Arc<PostgresOptions>, statements: Arc<Statements>) -> Self {
        let for_new = Arc::clone(options);
        let pool = PgPoolOptions::new()
            .max_connections(u32::try_from(options.transaction_connections()).unwrap_or(u32::MAX))
            .acquire_timeout(options.patience())
            .after_connect(move |connection, _| {
                let options = Arc::clone(&for_new);
                Box::pin(async move { set_up(connection, &options, Purpose::General).await })
            });
        let connect = options.connect_options().clone().disable_statement_logging();
        Self { pool: pool.connect_lazy_with(connect), statements }
    }

    pub(in super::super) async fn begin(&self) -> Result<Lent, Error> {
        let token = EventId::now().to_string();
        // A setting of the transaction, to know it again.
        let begin = format!("BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL events_lent.token = '{token}'");
        let transaction = self.pool.begin_with(AssertSqlSafe(begin)).await.map_err(|error| match error {
            sqlx::Error::PoolClosed => closed(),
            sqlx::Error::PoolTimedOut => Error::new(
                ErrorKind::Unavailable,
                "all connections for transactions of handlers are in use: let there be more of them",
            ),
            error => store_error(error),
        })?;
        Ok(Lent { transaction, statements: Arc::clone(&self.statements), token })
    }

    pub(in super::super) async fn close(&self) {
        self.pool.close().await;
    }
}

/// A transaction in the hands of a handler. Dropped, it is rolled back.
pub(in super::super) struct Lent {
    transaction: Transaction<'static, Postgres>,
    statements: Arc<Statements>,
    token: String,
}

impl Lent {
    async fn finish(mut self, write: LaneWrite) -> Result<LaneAnswer, Failure> {
        limits::check_lane_write(&write)?;
        const TOKEN: &str = "SELECT coalesce(current_setting('events_lent.token', true), '')";
        let token = sqlx::query_scalar::<_, String>(TOKEN).fetch_one(&mut *self.transaction).await;
        if token.as_ref().err().is_some_and(is_aborted) {
            // Its commit would be a rollback without a word.
            let message = "the handler has passed over an error of the database: return it, or use a savepoint";
            return Err(Error::new(ErrorKind::Invalid, message).into());
        }
        if token? != self.token {
            let message = "the handler has ended the transaction by itself: leave that to the framework";
            return Err(Error::new(ErrorKind::Invalid, message).into());
        }
        let answer = write::write(&mut self.transaction, &self.statements, &write).await?;
        match answer {
            LaneAnswer::Lost => self.transaction.rollback().await?,
            LaneAnswer::Written { .. } => self.transaction.commit().await.map_err(commit_error)?,
        }
        Ok(answer)
    }
}

impl LaneTransaction for Lent {
    fn connection(&mut self) -> &mut (dyn Any + Send) {
        &mut *self.transaction
    }

    fn append(&mut self, append: Append) -> BoxFuture<'_, Result<Appended, AppendError>> {
        Box::pin(async move {
            let answer = join::append(&mut self.transaction, &self.statements, &append).await;
            answer.map_err(|error| match error {
                AppendError::Store(error) => undone_for_another(error).into(),
                error => error,
            })
        })
    }

    fn commit(self: Box<Self>, write: LaneWrite) -> BoxFuture<'static, Result<LaneAnswer, Error>> {
        Box::pin(async move { self.finish(write).await.map_err(|failure| undone_for_another(failure.into())) })
    }

    fn roll_back(self: Box<Self>) -> BoxFuture<'static, Result<(), Error>> {
        Box::pin(async move { self.transaction.rollback().await.map_err(store_error) })
    }
}
