//! A storage backend of one's own: here a thin one that stands before another and counts the calls,
//! as one would for metrics, for a cache, or to make a store fail on purpose.
//!
//! `cargo test -p events-examples --example custom_backend` holds it to the contract of all stores.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use events::prelude::*;
use events::store::{
    Append, AppendError, Appended, AttemptRecord, ClaimLetters, EventFilter, FailedEvent, FinishAttempt, LetterChange,
    LetterId, LetterPurge, LetterQuery, LetterStats, LogPage, LogQuery, MemoryBackend, NewLetter, Operation, Snapshot,
    StorageBackend, StoreStats, StreamQuery,
};
use events::{Error, HandlerName};
use serde::{Deserialize, Serialize};

/// How often each method was called. All clones are one.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<BTreeMap<&'static str, u32>>>);

impl Calls {
    fn count(&self, method: &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(method).or_default() += 1;
    }

    fn all(&self) -> BTreeMap<&'static str, u32> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Counts the calls, and leaves the work to another backend.
struct Counting<B> {
    inner: B,
    calls: Calls,
}

/// The names of the methods are the contract's; their docs say what each owes to the framework.
impl<B: StorageBackend> StorageBackend for Counting<B> {
    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.calls.count("append");
        self.inner.append(append).await
    }

    async fn read_stream(&self, stream: &StreamId, query: StreamQuery) -> Result<Vec<RecordedEvent>, Error> {
        self.calls.count("read_stream");
        self.inner.read_stream(stream, query).await
    }

    async fn read_log(&self, query: LogQuery) -> Result<LogPage, Error> {
        self.calls.count("read_log");
        self.inner.read_log(query).await
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<Version, Error> {
        self.calls.count("stream_version");
        self.inner.stream_version(stream).await
    }

    async fn count(&self, filter: EventFilter) -> Result<u64, Error> {
        self.calls.count("count");
        self.inner.count(filter).await
    }

    async fn stats(&self) -> Result<StoreStats, Error> {
        self.calls.count("stats");
        self.inner.stats().await
    }

    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, Error> {
        self.calls.count("load_snapshot");
        self.inner.load_snapshot(stream).await
    }

    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), Error> {
        self.calls.count("save_snapshot");
        self.inner.save_snapshot(snapshot).await
    }

    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), Error> {
        self.calls.count("delete_snapshot");
        self.inner.delete_snapshot(stream).await
    }

    async fn write_letters(&self, letters: Vec<NewLetter>) -> Result<Vec<LetterId>, Error> {
        self.calls.count("write_letters");
        self.inner.write_letters(letters).await
    }

    async fn letters(&self, query: LetterQuery) -> Result<Vec<FailedEvent>, Error> {
        self.calls.count("letters");
        self.inner.letters(query).await
    }

    async fn letter_attempts(&self, id: LetterId) -> Result<Vec<AttemptRecord>, Error> {
        self.calls.count("letter_attempts");
        self.inner.letter_attempts(id).await
    }

    async fn claim_letters(&self, claim: ClaimLetters) -> Result<Vec<FailedEvent>, Error> {
        self.calls.count("claim_letters");
        self.inner.claim_letters(claim).await
    }

    async fn finish_attempt(&self, attempt: FinishAttempt) -> Result<bool, Error> {
        self.calls.count("finish_attempt");
        self.inner.finish_attempt(attempt).await
    }

    async fn next_letter_due(&self, handlers: Vec<HandlerName>) -> Result<Option<DateTime<Utc>>, Error> {
        self.calls.count("next_letter_due");
        self.inner.next_letter_due(handlers).await
    }

    async fn change_letters(&self, change: LetterChange) -> Result<Vec<LetterId>, Error> {
        self.calls.count("change_letters");
        self.inner.change_letters(change).await
    }

    async fn purge_letters(&self, purge: LetterPurge) -> Result<u64, Error> {
        self.calls.count("purge_letters");
        self.inner.purge_letters(purge).await
    }

    async fn letter_stats(&self) -> Result<LetterStats, Error> {
        self.calls.count("letter_stats");
        self.inner.letter_stats().await
    }

    async fn operations(&self, limit: usize) -> Result<Vec<Operation>, Error> {
        self.calls.count("operations");
        self.inner.operations(limit).await
    }

    async fn close(&self) -> Result<(), Error> {
        self.calls.count("close");
        self.inner.close().await
    }
}

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "counter")]
struct Counted {
    #[event(id)]
    counter: u64,
}

#[derive(Default, Serialize, Deserialize)]
struct Counter {
    total: u32,
}

#[aggregate(name = "counter", snapshot_every = 2)]
impl Counter {
    fn count(counter: &AggregateRoot<Counter>) -> Result<Counted, std::convert::Infallible> {
        Ok(Counted { counter: *counter.id() })
    }

    #[when]
    fn counted(&mut self, _: &Counted) {
        self.total += 1;
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let calls = Calls::default();
    let store = EventStore::new(Counting { inner: MemoryBackend::new(), calls: calls.clone() });
    let app = EventDispatcher::builder().store(store.clone()).build()?;

    let counter = app.aggregate::<Counter>(7);
    for _ in 0..3 {
        counter.execute(Counter::count).await?;
    }
    assert_eq!(counter.load().await?.total, 3);
    app.shutdown().await?;
    store.close().await?;
    assert!(store.stats().await.is_err(), "a closed store answers nothing");

    println!("three commands and a load have called the backend so often:");
    for (method, count) in calls.all() {
        println!("{count:>4} {method}");
    }
    let count = |method| calls.all().get(method).copied().unwrap_or_default();
    // Snapshots are taken in the background, which loads the aggregate too.
    assert_eq!(count("append"), 3);
    assert!(count("load_snapshot") >= 4 && count("read_stream") >= 4);
    assert!(count("save_snapshot") >= 1);
    assert_eq!(count("close"), 1);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    events::contract_suite!(
        counting,
        async || EventStore::new(Counting { inner: MemoryBackend::new(), calls: Calls::default() }),
        without delivery
    );
}
