//! Publishing inside of a transaction that the program has begun.

use super::EventDispatcher;
use super::batch::EventBatch;
use super::committing::refuse_old_versions;
use crate::commit::{Commit, Receipt, prepare};
use crate::error::{Error, ErrorKind};

impl EventDispatcher {
    /// Publishes events in a PostgreSQL transaction of your own, together with what else you write there:
    /// they are in the log when you commit it, and were never there if you don't.
    ///
    /// Durable handlers follow after the commit; this process doesn't hear of it and finds the events when
    /// it looks next ([`poll`](crate::dispatcher::EventDispatcherBuilder::poll)). **Inline handlers aren't called**, since
    /// nobody knows whether the transaction will be committed: what must follow belongs into a durable one.
    /// In a handler that takes `Tx`, [`emit`](Self::emit) does the same and calls inline handlers as well.
    ///
    /// The transaction has to be at READ COMMITTED, which is PostgreSQL's default. Readers of the log wait for
    /// it from here on, so commit soon.
    ///
    /// # Errors
    /// As [`publish_batch`](Self::publish_batch); what is refused leaves the transaction usable. And if the
    /// store isn't in PostgreSQL, or the transaction has another isolation level.
    ///
    /// # Examples
    /// ```
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct OrderPlaced { order: u64 }
    /// async fn place(app: &EventDispatcher, pool: &sqlx::PgPool) -> Result<(), Box<dyn std::error::Error>> {
    ///     let mut transaction = pool.begin().await?;
    ///     sqlx::query("INSERT INTO orders (number) VALUES (7)").execute(&mut *transaction).await?;
    ///     let receipt = app.publish_in(&mut transaction, (OrderPlaced { order: 7 },)).await?;
    ///     transaction.commit().await?;
    ///     app.settled(&receipt).await?;
    ///     Ok(())
    /// }
    /// ```
    pub async fn publish_in(
        &self,
        transaction: &mut sqlx::PgConnection,
        events: impl EventBatch,
    ) -> Result<Receipt, Error> {
        let commit = Commit::new(events.into_events(), &self.context);
        let activity = &self.inner.activity;
        // What a handler does in its lent transaction is waited for.
        let guard = if commit.cause.is_some() { activity.follow() } else { activity.begin() };
        let _guard = guard.ok_or_else(|| Error::new(ErrorKind::Unavailable, "the dispatcher is shutting down"))?;
        refuse_old_versions(&self.inner, &commit)?;
        let (append, undelivered) = prepare(commit, self.inner.now())?.split();
        let appended = self.inner.store.append_in(transaction, append).await?;
        Ok(Receipt::new(&undelivered.new_events, &appended))
    }
}
