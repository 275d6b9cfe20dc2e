//! The one way in: every event reaches the store as part of a commit.
//!
//! `publish`, `publish_batch`, `emit` and an aggregate's `execute` all make a `Commit`: events in
//! their order, what is expected of their streams, and the caller's part of the metadata. A
//! `Committer` carries it out: a store alone records it, a dispatcher delivers it too.

mod prepare;
mod receipt;

pub use receipt::{CommitStatus, CommittedEvent, Receipt};

pub(crate) use prepare::{MAX_DEPTH, Prepared, Undelivered, prepare};

use std::fmt;
use std::sync::Arc;

use crate::event::{Cause, Context, ErasedEvent};
use crate::handler::BoxFuture;
use crate::id::StreamId;
use crate::store::{AppendError, EventStore, ExpectedVersion};

/// Events that are recorded together or not at all.
#[derive(Default)]
#[must_use]
pub(crate) struct Commit {
    pub(crate) events: Vec<(Arc<dyn ErasedEvent>, Context)>,
    pub(crate) expected: Vec<(StreamId, ExpectedVersion)>,
    pub(crate) cause: Option<Cause>,
}

impl Commit {
    /// A commit of these events, caused by the event that is being handled at the moment.
    pub(crate) fn new(events: Vec<Arc<dyn ErasedEvent>>, context: &Context) -> Self {
        let events = events.into_iter().map(|event| (event, context.clone())).collect();
        Self { events, expected: Vec::new(), cause: Cause::current() }
    }

    /// A commit of what a handler has emitted.
    pub(crate) fn emitted(events: Vec<(Arc<dyn ErasedEvent>, Context)>, cause: Cause) -> Self {
        Self { events, expected: Vec::new(), cause: Some(cause) }
    }

    /// Says what is expected of a stream before the commit.
    pub(crate) fn expect(mut self, stream: StreamId, expected: ExpectedVersion) -> Self {
        self.expected.push((stream, expected));
        self
    }
}

/// Shows the events' names, never their data.
impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.events.iter().map(|(event, _)| event.descriptor().name()).collect();
        f.debug_struct("Commit").field("events", &names).field("expected", &self.expected).finish_non_exhaustive()
    }
}

/// Carries out commits. Implemented by the framework alone.
pub(crate) trait Committer: Send + Sync + 'static {
    fn commit(&self, commit: Commit) -> BoxFuture<'static, Result<Receipt, AppendError>>;

    /// Does work that nobody waits for, such as writing a snapshot.
    fn in_background(&self, work: BoxFuture<'static, ()>) -> BoxFuture<'static, ()>;
}

/// A store alone: events are recorded, and nobody is called.
impl Committer for EventStore {
    fn commit(&self, commit: Commit) -> BoxFuture<'static, Result<Receipt, AppendError>> {
        let store = self.clone();
        Box::pin(async move {
            let prepared = prepare(commit, store.now())?;
            let events = prepared.append.events().to_vec();
            let appended = store.append(prepared.append).await?;
            Ok(Receipt::new(&events, &appended))
        })
    }

    /// Nobody would wait for it at the end of the program, so the caller does.
    fn in_background(&self, work: BoxFuture<'static, ()>) -> BoxFuture<'static, ()> {
        work
    }
}
