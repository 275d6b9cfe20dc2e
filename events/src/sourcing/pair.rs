//! Two aggregates that one command decides about.

use super::repository::{ATTEMPTS, check_stream};
use super::{Aggregate, AggregateRoot, EventSourcing, ExecuteError, IntoEvents};
use crate::commit::Receipt;
use crate::store::ExpectedVersion;

/// Two aggregates by their ids: `app.aggregate::<User>(id).and::<EmailClaim>(email)`.
///
/// The events of both are one commit, under the versions of both: what the command saw of either
/// still holds when its events are recorded.
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
/// let receipt = both.execute(|left, right| match left.total + right.total {
///     0..10 => Ok((Counted { counter: 7, by: 1 }, ())),
///     _ => Err("that is too much for both"),
/// });
/// assert_eq!(receipt.await.unwrap().events().len(), 1);
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct PairHandle<A: Aggregate, B: Aggregate> {
    sourcing: EventSourcing,
    first: A::Id,
    second: B::Id,
}

impl<A: Aggregate, B: Aggregate> PairHandle<A, B> {
    pub(super) fn new(sourcing: EventSourcing, first: A::Id, second: B::Id) -> Self {
        Self { sourcing, first, second }
    }

    /// Gives them a command: loads both, lets `decide` look at them, and records the events that it
    /// answers with, those of the first aggregate before those of the second.
    ///
    /// # Errors
    /// [`ExecuteError`] says what stood against it; nothing was recorded then.
    /// [`into_boxed`](ExecuteError::into_boxed) is for those who only pass it on.
    ///
    /// # Cancel safety
    /// Dropped while it loads, nothing has happened. Dropped while it records, a dispatcher's commit
    /// goes on; that of a store alone is there as a whole or not at all.
    pub async fn execute<I: IntoEvents<A>, J: IntoEvents<B>, E>(
        &self,
        mut decide: impl FnMut(&AggregateRoot<A>, &AggregateRoot<B>) -> Result<(I, J), E>,
    ) -> Result<Receipt, ExecuteError<E>> {
        for _ in 0..ATTEMPTS {
            let mut first = self.sourcing.load::<A>(self.first.clone()).await?;
            let mut second = self.sourcing.load::<B>(self.second.clone()).await?;
            let (events, more) = decide(&first, &second).map_err(ExecuteError::Rejected)?;
            let (events, more) = (events.into_events(), more.into_events());
            check_stream::<A, E>(&events, &first.stream())?;
            check_stream::<B, E>(&more, &second.stream())?;
            if events.is_empty() && more.is_empty() {
                return Ok(Receipt::empty());
            }
            let versions = (first.version_after(&events), second.version_after(&more));
            let mut commit = self.sourcing.commit_of::<A>(events);
            commit.events.extend(self.sourcing.commit_of::<B>(more).events);
            let commit = commit
                .expect(first.stream(), ExpectedVersion::Exact(first.version()))
                .expect(second.stream(), ExpectedVersion::Exact(second.version()));
            if let Some(receipt) = self.sourcing.commit(commit).await? {
                if !receipt.is_duplicate() {
                    self.sourcing.reached(&mut first, versions.0).await;
                    self.sourcing.reached(&mut second, versions.1).await;
                }
                return Ok(receipt);
            }
        }
        Err(ExecuteError::Conflict { attempts: ATTEMPTS })
    }
}
