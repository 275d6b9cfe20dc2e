//! One aggregate of a repository.

use std::fmt;

use super::{
    Aggregate, AggregateRoot, EventSourcing, ExecuteError, IntoEvents, PairHandle, PointInTime, RecordedChange,
};
use crate::commit::Receipt;
use crate::error::Error;

/// One aggregate by its id: `app.aggregate::<User>(id)`. Nothing is loaded until it is asked for.
#[must_use]
pub struct AggregateHandle<A: Aggregate> {
    sourcing: EventSourcing,
    id: A::Id,
}

impl<A: Aggregate> AggregateHandle<A> {
    pub(super) fn new(sourcing: EventSourcing, id: A::Id) -> Self {
        Self { sourcing, id }
    }

    /// Gives it a command: see [`EventSourcing::execute`].
    ///
    /// # Errors
    /// [`ExecuteError`] says what stood against it; nothing was recorded then.
    ///
    /// # Cancel safety
    /// Dropped while it loads, nothing has happened; dropped while it records, the commit goes on.
    pub async fn execute<I: IntoEvents<A>, E>(
        &self,
        decide: impl FnMut(&AggregateRoot<A>) -> Result<I, E>,
    ) -> Result<Receipt, ExecuteError<E>> {
        self.sourcing.execute(self.id.clone(), decide).await
    }

    /// Gives it a command of several steps: see [`EventSourcing::transact`].
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    ///
    /// # Cancel safety
    /// As [`execute`](Self::execute).
    pub async fn transact<E>(
        &self,
        decide: impl FnMut(&mut AggregateRoot<A>) -> Result<(), E>,
    ) -> Result<Receipt, ExecuteError<E>> {
        self.sourcing.transact(self.id.clone(), decide).await
    }

    /// Loads it; without events it is as it was made by default.
    ///
    /// # Errors
    /// If the store can't be read, or one of the events can't.
    pub async fn load(&self) -> Result<AggregateRoot<A>, Error> {
        self.sourcing.load(self.id.clone()).await
    }

    /// Loads it if it has events.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub async fn try_load(&self) -> Result<Option<AggregateRoot<A>>, Error> {
        self.sourcing.try_load(self.id.clone()).await
    }

    /// Loads it as it was at a version or a time.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub async fn load_at(&self, point: impl Into<PointInTime>) -> Result<AggregateRoot<A>, Error> {
        self.sourcing.load_at(self.id.clone(), point).await
    }

    /// Everything that has happened to it, oldest first.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub async fn history(&self) -> Result<Vec<RecordedChange<A>>, Error> {
        self.sourcing.history(self.id.clone()).await
    }

    /// Takes a second aggregate to it, for a command whose events go to both in one commit.
    pub fn and<B: Aggregate>(self, id: B::Id) -> PairHandle<A, B> {
        PairHandle::new(self.sourcing, self.id, id)
    }
}

impl<A: Aggregate> fmt::Debug for AggregateHandle<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AggregateHandle")
            .field("aggregate", &A::DESCRIPTOR.name())
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
