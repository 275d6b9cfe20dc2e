//! The store inside of a transaction that the program has begun.

use super::{Append, AppendError, Appended, EventStore, LaneAnswer, LaneWrite, Snapshot, limits};
use crate::clock;
use crate::error::Error;

impl EventStore {
    /// Appends a commit in a transaction of your own, on the database that the store is in: it is
    /// written when you commit, together with your own tables, or not at all. It may be called many
    /// times in one transaction, and between savepoints.
    ///
    /// The transaction has to be READ COMMITTED. While it is open, other appends to the streams it
    /// has touched wait, and readers of the log get nothing that was appended after it; keep it short.
    /// Nobody is told of its commit: durable handlers find it when they look the next time.
    ///
    /// # Errors
    /// [`AppendError`] says what was refused and why; nothing of the commit was written then, and the
    /// transaction can go on. [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) if the store
    /// isn't in PostgreSQL, or the transaction in another isolation level.
    ///
    /// # Examples
    /// ```
    /// use events::store::{Append, NewEvent};
    /// use events::{Context, EventMetadata, EventStore};
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(aggregate = "counter")]
    /// # struct Counted { #[event(id)] counter: u64, by: u32 }
    ///
    /// async fn count(store: &EventStore, pool: &sqlx::PgPool) -> Result<(), Box<dyn std::error::Error>> {
    ///     let event = Counted { counter: 7, by: 3 };
    ///     let metadata = EventMetadata::new(&event, &Context::new());
    ///     let mut transaction = pool.begin().await?;
    ///     sqlx::query("UPDATE totals SET total = total + 3").execute(&mut *transaction).await?;
    ///     store.append_in(&mut transaction, Append::new().event(NewEvent::new(&event, metadata)?)).await?;
    ///     transaction.commit().await?;
    ///     Ok(())
    /// }
    /// ```
    pub async fn append_in(
        &self,
        transaction: &mut sqlx::PgConnection,
        append: Append,
    ) -> Result<Appended, AppendError> {
        limits::check(&append)?;
        self.backend().append_in(transaction, append.at(clock::cut(self.now()))).await
    }

    /// Keeps a snapshot in a transaction of your own, as [`append_in`](Self::append_in) does events.
    ///
    /// # Errors
    /// If the store can't be written, or isn't in PostgreSQL.
    pub async fn save_snapshot_in(
        &self,
        transaction: &mut sqlx::PgConnection,
        snapshot: Snapshot,
    ) -> Result<(), Error> {
        self.backend().save_snapshot_in(transaction, snapshot).await
    }
    /// Moves the checkpoint of a durable handler's lane in a transaction of your own, and writes what else
    /// its owner has to write: for a program that follows the log itself and keeps its own tables with
    /// the checkpoint. Handlers that take `Tx` have this done for them.
    ///
    /// On [`LaneAnswer::Lost`] the lane has passed to somebody else: roll your transaction back.
    ///
    /// # Errors
    /// If the store can't be written, the write is invalid, you are in no transaction, or the store isn't
    /// in PostgreSQL. Nothing of the write is there then.
    ///
    /// # Examples
    /// ```
    /// use events::store::{Advance, Lane, LaneAnswer, LaneWrite};
    /// use events::{EventStore, Position};
    ///
    /// /// Counts what lies behind the checkpoint, and moves it.
    /// async fn count(store: &EventStore, pool: &sqlx::PgPool, lane: Lane, from: Position, to: Position)
    /// -> Result<(), Box<dyn std::error::Error>> {
    ///     let mut transaction = pool.begin().await?;
    ///     sqlx::query("UPDATE totals SET total = total + 3").execute(&mut *transaction).await?;
    ///     let mut write = LaneWrite::new(lane, "shop 1.4.2", chrono::Utc::now());
    ///     write.advance = Some(Advance { from, to });
    ///     match store.write_lane_in(&mut transaction, write).await? {
    ///         LaneAnswer::Written { .. } => transaction.commit().await?,
    ///         LaneAnswer::Lost => transaction.rollback().await?,
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub async fn write_lane_in(
        &self,
        transaction: &mut sqlx::PgConnection,
        write: LaneWrite,
    ) -> Result<LaneAnswer, Error> {
        self.backend().write_lane_in(transaction, write).await
    }
}
