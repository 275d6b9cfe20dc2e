//! The store inside of a transaction that the program has begun.

use super::{Append, AppendError, Appended, EventStore, Snapshot, limits};
use crate::clock;
use crate::error::Error;

impl EventStore {
    /// Appends a commit in a transaction of your own, on the database that the store is in: it is
    /// written when you commit, together with your own tables, or not at all. It may be called many
    /// times in one transaction, and between savepoints.
    ///
    /// The transaction has to be READ COMMITTED. While it is open, other appends to the streams it
    /// has touched wait, and readers of the log get nothing that was appended after it; keep it short.
    ///
    /// # Errors
    /// [`AppendError`] says what was refused and why; nothing of the commit was written then, and the
    /// transaction can go on. [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) if the store
    /// isn't in PostgreSQL, or the transaction in another isolation level.
    ///
    /// # Examples
    /// ```
    /// use events::store::{Append, NewEvent};
    /// use events::{AppendError, Context, EventMetadata, EventStore};
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
}
