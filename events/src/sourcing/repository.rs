//! The repository: load, decide, append, and begin again when another writer was faster.

use std::fmt;
use std::sync::Arc;

use tracing::Instrument;

use super::{
    Aggregate, AggregateEvent, AggregateHandle, AggregateRoot, ExecuteError, IntoEvents, PointInTime, RecordedChange,
    loading, snapshots, taking,
};
use crate::commit::{Commit, Committer, Receipt};
use crate::error::{Error, ErrorKind};
use crate::event::{Context, ErasedEvent};
use crate::id::{StreamId, Version};
use crate::store::{AppendError, EventStore, ExpectedVersion, StreamQuery};

/// How often a command is tried when other writers are faster. Of writers in lock step one wins in
/// each round, so as many of them get through.
pub(super) const ATTEMPTS: u32 = 64;

/// Loads and saves aggregates. Cheap to clone.
///
/// On its own it records events and calls nobody; the one of a dispatcher
/// ([`EventDispatcher::sourcing`](crate::EventDispatcher::sourcing)) delivers them too. What it does for
/// an aggregate by its id, an [`AggregateHandle`] does too, and has examples of it.
///
/// ```
/// use events::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(aggregate = "counter")]
/// struct Counted { #[event(id)] counter: u64, by: u32 }
///
/// #[derive(Default, Serialize, Deserialize)]
/// struct Counter { total: u32 }
///
/// #[aggregate(name = "counter")]
/// impl Counter {
///     fn count(counter: &AggregateRoot<Counter>, by: u32) -> Result<Counted, std::num::TryFromIntError> {
///         Ok(Counted { counter: *counter.id(), by })
///     }
///
///     #[when]
///     fn counted(&mut self, event: &Counted) { self.total += event.by; }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sourcing = EventSourcing::new(EventStore::memory());
/// sourcing.execute::<Counter, _, _>(7, |counter| Counter::count(counter, 3)).await?;
/// assert_eq!(sourcing.load::<Counter>(7).await?.total, 3);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct EventSourcing {
    store: EventStore,
    committer: Arc<dyn Committer>,
    context: Context,
}

impl EventSourcing {
    /// A repository on a store alone.
    #[must_use]
    pub fn new(store: EventStore) -> Self {
        let committer = Arc::new(store.clone());
        Self { store, committer, context: Context::new() }
    }

    pub(crate) fn delivering(store: EventStore, committer: Arc<dyn Committer>, context: Context) -> Self {
        Self { store, committer, context }
    }

    /// The same repository with the caller's part of the metadata.
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
    /// # let counters = EventSourcing::new(EventStore::memory());
    /// let import = counters.with(Context::actor("import").with_header("file", "2026-01.csv"));
    /// import.execute::<Counter, _, _>(7, |_| Ok::<_, events::Error>(Counted { counter: 7, by: 3 })).await?;
    /// assert_eq!(import.history::<Counter>(7).await?[0].metadata.headers()["file"], "2026-01.csv");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with(mut self, context: Context) -> Self {
        self.context = context;
        self
    }

    /// One aggregate, to be loaded or given a command.
    pub fn aggregate<A: Aggregate>(&self, id: A::Id) -> AggregateHandle<A> {
        AggregateHandle::new(self.clone(), id)
    }

    /// Loads an aggregate; one without events is as it was made by default.
    ///
    /// # Errors
    /// If the store can't be read, one of the events can't, or one is missing from the stream.
    pub async fn load<A: Aggregate>(&self, id: A::Id) -> Result<AggregateRoot<A>, Error> {
        let span = tracing::debug_span!("load", aggregate = A::DESCRIPTOR.name());
        loading::load(&self.store, id).instrument(span).await
    }

    /// Loads an aggregate that has events; `None` for one that has none.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub async fn try_load<A: Aggregate>(&self, id: A::Id) -> Result<Option<AggregateRoot<A>>, Error> {
        Ok(Some(self.load(id).await?).filter(AggregateRoot::exists))
    }

    /// Loads an aggregate as it was at a version or a time.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub async fn load_at<A: Aggregate>(
        &self,
        id: A::Id,
        point: impl Into<PointInTime>,
    ) -> Result<AggregateRoot<A>, Error> {
        let mut root: AggregateRoot<A> = AggregateRoot::at(id, self.store.now());
        let stream = root.stream();
        match point.into() {
            PointInTime::Version(version) => {
                loading::replay(&self.store, &stream, &mut root, StreamQuery::new().to(version)).await?;
            }
            PointInTime::Time(time) => loading::replay_until(&self.store, &stream, &mut root, time).await?,
        }
        Ok(root)
    }

    /// Everything that has happened to an aggregate, oldest first.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub async fn history<A: Aggregate>(&self, id: A::Id) -> Result<Vec<RecordedChange<A>>, Error> {
        let stream = StreamId::new(A::DESCRIPTOR.aggregate_name(), &id);
        let recorded = self.store.read_stream(&stream, StreamQuery::new()).await?;
        let mut last = Version::ZERO;
        let changes = recorded.iter().map(|recorded| {
            loading::check_follows(&stream, last, recorded.data())?;
            last = recorded.version();
            let event = A::Event::decode(&recorded.data())?;
            Ok(RecordedChange { metadata: recorded.metadata().clone(), event })
        });
        changes.collect()
    }

    /// Gives a command to an aggregate: loads it, lets `decide` look at it, and records the events
    /// that it answers with. When another writer was faster it loads and decides again.
    ///
    /// # Errors
    /// [`ExecuteError`] says what stood against it; nothing was recorded then.
    /// [`into_boxed`](ExecuteError::into_boxed) is for those who only pass it on.
    ///
    /// # Cancel safety
    /// Dropped while it loads, nothing has happened. Dropped while it records, a dispatcher's commit
    /// goes on; that of a store alone is there as a whole or not at all.
    pub async fn execute<A, I, E>(
        &self,
        id: A::Id,
        mut decide: impl FnMut(&AggregateRoot<A>) -> Result<I, E>,
    ) -> Result<Receipt, ExecuteError<E>>
    where
        A: Aggregate,
        I: IntoEvents<A>,
    {
        for _ in 0..ATTEMPTS {
            let mut root = self.load::<A>(id.clone()).await?;
            let events = decide(&root).map_err(ExecuteError::Rejected)?.into_events();
            if let Some(receipt) = self.record(&mut root, events).await? {
                return Ok(receipt);
            }
        }
        Err(ExecuteError::Conflict { attempts: ATTEMPTS })
    }

    /// Like [`execute`](Self::execute), for commands of several steps: `decide` applies events as
    /// it goes, and sees the state after each.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    ///
    /// # Cancel safety
    /// As [`execute`](Self::execute).
    pub async fn transact<A, E>(
        &self,
        id: A::Id,
        mut decide: impl FnMut(&mut AggregateRoot<A>) -> Result<(), E>,
    ) -> Result<Receipt, ExecuteError<E>>
    where
        A: Aggregate,
    {
        for _ in 0..ATTEMPTS {
            let mut root = self.load::<A>(id.clone()).await?;
            decide(&mut root).map_err(ExecuteError::Rejected)?;
            let events = root.take_uncommitted();
            if let Some(receipt) = self.record(&mut root, events).await? {
                return Ok(receipt);
            }
        }
        Err(ExecuteError::Conflict { attempts: ATTEMPTS })
    }

    /// Records the events that were applied to an aggregate since it was loaded.
    ///
    /// # Errors
    /// [`ExecuteError::Conflict`] if another writer was faster. After an error nothing is recorded and,
    /// unless it is [`ExecuteError::WrongAggregate`], the root has given up its events: each later save
    /// of it fails with [`ErrorKind::Invalid`]. Load the aggregate again, or use
    /// [`transact`](Self::transact), which does. The same goes for a root whose save was a duplicate of
    /// events further up in the stream.
    ///
    /// # Cancel safety
    /// As [`execute`](Self::execute); the root has given up its events.
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
    /// let mut counter = counters.load::<Counter>(7).await?;
    /// let mut late = counters.load::<Counter>(7).await?;
    /// counter.apply(Counted { counter: 7, by: 3 });
    /// counters.save(&mut counter).await?;
    /// late.apply(Counted { counter: 7, by: 4 });
    /// assert!(matches!(counters.save(&mut late).await, Err(ExecuteError::Conflict { .. })));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn save<A: Aggregate>(
        &self,
        root: &mut AggregateRoot<A>,
    ) -> Result<Receipt, ExecuteError<std::convert::Infallible>> {
        if root.is_spent() {
            let message = "the aggregate has given up its events to an earlier save: load it again";
            return Err(Error::new(ErrorKind::Invalid, message).into());
        }
        check_stream::<A, _>(root.uncommitted(), &root.stream())?;
        // It is spent before anything can fail, or the caller be dropped.
        let events = root.spend();
        match self.record(root, events).await? {
            Some(receipt) => Ok(receipt),
            None => Err(ExecuteError::Conflict { attempts: 1 }),
        }
    }

    /// Records events under the version that the root was loaded with; `None` when another writer
    /// was faster.
    async fn record<A: Aggregate, E>(
        &self,
        root: &mut AggregateRoot<A>,
        events: Vec<A::Event>,
    ) -> Result<Option<Receipt>, ExecuteError<E>> {
        let stream = root.stream();
        check_stream::<A, E>(&events, &stream)?;
        if events.is_empty() {
            return Ok(Some(Receipt::empty()));
        }
        let version = root.version_after(&events);
        let commit = self.commit_of::<A>(events).expect(stream, ExpectedVersion::Exact(root.version()));
        let Some(receipt) = self.commit(commit).await? else { return Ok(None) };
        // The events of a duplicate may be further up in the stream, and in the state twice then.
        if receipt.events().last().is_some_and(|event| event.recording.version == version) {
            self.reached(root, version).await;
        }
        Ok(Some(receipt))
    }

    /// Notes the version that the aggregate's stream has reached, and takes a snapshot if one is due.
    pub(super) async fn reached<A: Aggregate>(&self, root: &mut AggregateRoot<A>, version: Version) {
        root.committed(version);
        if snapshots::is_due(root) {
            root.snapshotted(version);
            let taking = taking::take::<A>(self.store.clone(), root.id().clone());
            self.committer.in_background(Box::pin(taking)).await;
        }
    }

    pub(super) fn commit_of<A: Aggregate>(&self, events: Vec<A::Event>) -> Commit {
        let events: Vec<Arc<dyn ErasedEvent>> = events.into_iter().map(A::Event::into_event).collect();
        Commit::new(events, &self.context)
    }

    /// `None` for a conflict.
    pub(super) async fn commit(&self, commit: Commit) -> Result<Option<Receipt>, Error> {
        match self.committer.commit(commit).await {
            Ok(receipt) => Ok(Some(receipt)),
            Err(AppendError::Conflict { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether all events belong to the stream.
pub(super) fn check_stream<A: Aggregate, E>(events: &[A::Event], stream: &StreamId) -> Result<(), ExecuteError<E>> {
    for event in events.iter().map(A::Event::as_event) {
        let actual = event.stream();
        if let Some(actual) = actual.filter(|actual| actual != stream) {
            let event = event.descriptor().event_name();
            return Err(ExecuteError::WrongAggregate { event, expected: stream.clone(), actual });
        }
    }
    Ok(())
}

impl fmt::Debug for EventSourcing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSourcing").field("store", &self.store).finish_non_exhaustive()
    }
}
