//! One aggregate of a repository.

use std::fmt;

use super::{
    Aggregate, AggregateRoot, EventSourcing, ExecuteError, IntoEvents, PairHandle, PointInTime, RecordedChange,
};
use crate::commit::Receipt;
use crate::error::Error;

/// One aggregate by its id: `app.aggregate::<User>(id)`. Nothing is loaded until it is asked for.
///
/// ```
/// # use events::prelude::*;
/// # #[derive(serde::Serialize, serde::Deserialize, DomainEvent)]
/// # #[event(aggregate = "counter")]
/// # struct Counted { #[event(id)] counter: u64, by: u32 }
/// # #[derive(Default, serde::Serialize, serde::Deserialize)]
/// # struct Counter { total: u32 }
/// # #[aggregate(name = "counter")]
/// # impl Counter { #[when] fn counted(&mut self, event: &Counted) { self.total += event.by; } }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let counter = EventSourcing::new(EventStore::memory()).aggregate::<Counter>(7);
/// let receipt = counter.execute(|counter| {
///     let left = 10 - counter.total;
///     if left < 3 { Err("that is too much") } else { Ok(Counted { counter: *counter.id(), by: 3 }) }
/// });
/// assert_eq!(receipt.await.unwrap().events().len(), 1);
/// assert_eq!(counter.load().await?.total, 3);
/// # Ok(())
/// # }
/// ```
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
    /// [`into_boxed`](ExecuteError::into_boxed) is for those who only pass it on.
    ///
    /// # Cancel safety
    /// Dropped while it loads, nothing has happened. Dropped while it records, a dispatcher's commit
    /// goes on; that of a store alone is there as a whole or not at all.
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
    ///
    /// # Examples
    /// ```
    /// # use events::prelude::*;
    /// # #[derive(serde::Serialize, serde::Deserialize, DomainEvent)]
    /// # #[event(aggregate = "counter")]
    /// # struct Counted { #[event(id)] counter: u64, by: u32 }
    /// # #[derive(Default, serde::Serialize, serde::Deserialize)]
    /// # struct Counter { total: u32 }
    /// # #[aggregate(name = "counter")]
    /// # impl Counter { #[when] fn counted(&mut self, event: &Counted) { self.total += event.by; } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let counter = EventSourcing::new(EventStore::memory()).aggregate::<Counter>(7);
    /// let receipt = counter.transact(|counter| {
    ///     while counter.total < 9 {
    ///         counter.apply(Counted { counter: *counter.id(), by: counter.total.max(1) });
    ///     }
    ///     Ok::<(), events::Error>(())
    /// });
    /// assert_eq!(receipt.await?.events().len(), 5, "1, 1, 2, 4 and 8");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn transact<E>(
        &self,
        decide: impl FnMut(&mut AggregateRoot<A>) -> Result<(), E>,
    ) -> Result<Receipt, ExecuteError<E>> {
        self.sourcing.transact(self.id.clone(), decide).await
    }

    /// Loads it; without events it is as it was made by default.
    ///
    /// # Errors
    /// If the store can't be read, one of the events can't, or one is missing from the stream.
    pub async fn load(&self) -> Result<AggregateRoot<A>, Error> {
        self.sourcing.load(self.id.clone()).await
    }

    /// Loads it if it has events.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    ///
    /// # Examples
    /// ```
    /// # use events::prelude::*;
    /// # #[derive(serde::Serialize, serde::Deserialize, DomainEvent)]
    /// # #[event(aggregate = "counter")]
    /// # struct Counted { #[event(id)] counter: u64, by: u32 }
    /// # #[derive(Default, serde::Serialize, serde::Deserialize)]
    /// # struct Counter { total: u32 }
    /// # #[aggregate(name = "counter")]
    /// # impl Counter { #[when] fn counted(&mut self, event: &Counted) { self.total += event.by; } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let counters = EventSourcing::new(EventStore::memory());
    /// assert!(counters.aggregate::<Counter>(7).try_load().await?.is_none());
    /// assert!(!counters.aggregate::<Counter>(7).load().await?.exists());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn try_load(&self) -> Result<Option<AggregateRoot<A>>, Error> {
        self.sourcing.try_load(self.id.clone()).await
    }

    /// Loads it as it was at a version or a time.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    ///
    /// # Examples
    /// ```
    /// # use events::prelude::*;
    /// # #[derive(serde::Serialize, serde::Deserialize, DomainEvent)]
    /// # #[event(aggregate = "counter")]
    /// # struct Counted { #[event(id)] counter: u64, by: u32 }
    /// # #[derive(Default, serde::Serialize, serde::Deserialize)]
    /// # struct Counter { total: u32 }
    /// # #[aggregate(name = "counter")]
    /// # impl Counter { #[when] fn counted(&mut self, event: &Counted) { self.total += event.by; } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let counter = EventSourcing::new(EventStore::memory()).aggregate::<Counter>(7);
    /// let counted = |by| Counted { counter: 7, by };
    /// counter.execute(|_| Ok::<_, events::Error>((counted(3), counted(4)))).await?;
    /// assert_eq!(counter.load_at(Version::new(1)).await?.total, 3);
    /// assert_eq!(counter.load_at(chrono::Utc::now()).await?.total, 7);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn load_at(&self, point: impl Into<PointInTime>) -> Result<AggregateRoot<A>, Error> {
        self.sourcing.load_at(self.id.clone(), point).await
    }

    /// Everything that has happened to it, oldest first.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    ///
    /// # Examples
    /// ```
    /// # use events::prelude::*;
    /// # #[derive(serde::Serialize, serde::Deserialize, DomainEvent)]
    /// # #[event(aggregate = "counter")]
    /// # struct Counted { #[event(id)] counter: u64, by: u32 }
    /// # #[derive(Default, serde::Serialize, serde::Deserialize)]
    /// # struct Counter { total: u32 }
    /// # #[aggregate(name = "counter")]
    /// # impl Counter { #[when] fn counted(&mut self, event: &Counted) { self.total += event.by; } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let counter = EventSourcing::new(EventStore::memory()).aggregate::<Counter>(7);
    /// let counted = |by| Counted { counter: 7, by };
    /// counter.execute(|_| Ok::<_, events::Error>((counted(3), counted(4)))).await?;
    /// for change in counter.history().await? {
    ///     let CounterEvent::Counted(event) = &change.event;
    ///     println!("{} by {:?}: {}", change.metadata.occurred_at(), change.metadata.actor(), event.by);
    /// }
    /// # assert_eq!(counter.history().await?.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn history(&self) -> Result<Vec<RecordedChange<A>>, Error> {
        self.sourcing.history(self.id.clone()).await
    }

    /// Takes a second aggregate to it, for a command whose events go to both in one commit.
    ///
    /// ```
    /// # use events::prelude::*;
    /// # #[derive(serde::Serialize, serde::Deserialize, DomainEvent)]
    /// # #[event(aggregate = "counter")]
    /// # struct Counted { #[event(id)] counter: u64, by: u32 }
    /// # #[derive(Default, serde::Serialize, serde::Deserialize)]
    /// # struct Counter { total: u32 }
    /// # #[aggregate(name = "counter")]
    /// # impl Counter { #[when] fn counted(&mut self, event: &Counted) { self.total += event.by; } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let counters = EventSourcing::new(EventStore::memory());
    /// let both = counters.aggregate::<Counter>(7).and::<Counter>(8);
    /// both.execute(|left, right| {
    ///     Ok::<_, events::Error>((Counted { counter: *left.id(), by: 1 }, Counted { counter: *right.id(), by: 2 }))
    /// })
    /// .await?;
    /// assert_eq!(counters.load::<Counter>(8).await?.total, 2);
    /// # Ok(())
    /// # }
    /// ```
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
