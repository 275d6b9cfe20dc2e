//! Durable handlers: each follows the log on its own.

mod batches;
mod cut_off;
mod extremes;
mod failures;
mod hooks;
mod inspection;
mod lifecycle;
mod limits;
mod many;
mod order;
mod processes;
mod runs;
mod side_by_side;
mod transactions;
mod unreadable;
mod versions;

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use events::dispatcher::EventDispatcherBuilder;
use events::handler::HandlerRegistration;
use events::prelude::*;
use events::testing::ManualClock;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use crate::support::eventually;

/// A number that was written down in a book.
#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "durable.written", aggregate = "durable.book")]
struct Written {
    #[event(id)]
    book: u64,
    number: u64,
}

/// Another event of the same books.
#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[event(name = "durable.closed", aggregate = "durable.book")]
struct Closed {
    #[event(id)]
    book: u64,
}

fn written(book: u64, number: u64) -> Written {
    Written { book, number }
}

/// What a handler does with a number.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Verdict {
    Fail,
    Permanent,
    Panic,
    Snooze,
}

/// Who handles the numbers, and how it went.
#[derive(Clone, Default)]
struct Desk(Arc<Inner>);

struct Inner {
    handled: Mutex<Vec<(u64, u64)>>,
    calls: Mutex<Vec<(u64, u64, u32)>>,
    batches: Mutex<Vec<Vec<u64>>>,
    verdicts: Mutex<HashMap<u64, Verdict>>,
    outage: Mutex<bool>,
    under_way: Mutex<BTreeMap<u64, usize>>,
    gate: Semaphore,
    gated: Mutex<bool>,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            handled: Mutex::default(),
            calls: Mutex::default(),
            batches: Mutex::default(),
            verdicts: Mutex::default(),
            outage: Mutex::default(),
            under_way: Mutex::default(),
            gate: Semaphore::new(0),
            gated: Mutex::default(),
        }
    }
}

impl Desk {
    /// What is to be done with a number from now on.
    fn judge(&self, number: u64, verdict: impl Into<Option<Verdict>>) {
        let mut verdicts = self.0.verdicts.lock().unwrap();
        match verdict.into() {
            Some(verdict) => drop(verdicts.insert(number, verdict)),
            None => drop(verdicts.remove(&number)),
        }
    }

    /// Everything fails.
    fn outage(&self, outage: bool) {
        *self.0.outage.lock().unwrap() = outage;
    }

    /// Every call waits until it is let through.
    fn gate(&self) {
        *self.0.gated.lock().unwrap() = true;
    }

    fn let_through(&self, calls: usize) {
        self.0.gate.add_permits(calls);
    }

    fn handled(&self) -> Vec<(u64, u64)> {
        self.0.handled.lock().unwrap().clone()
    }

    fn calls(&self) -> Vec<(u64, u64, u32)> {
        self.0.calls.lock().unwrap().clone()
    }

    /// The numbers of a book, in the order in which they were handled.
    fn numbers(&self, book: u64) -> Vec<u64> {
        self.handled().into_iter().filter(|(of, _)| *of == book).map(|(_, number)| number).collect()
    }

    fn under_way(&self) -> usize {
        self.0.under_way.lock().unwrap().values().sum()
    }

    async fn handle(&self, event: &Written, attempt: Attempt) -> Result<Outcome, HandlerError> {
        self.0.calls.lock().unwrap().push((event.book, event.number, attempt.number()));
        {
            let mut under_way = self.0.under_way.lock().unwrap();
            let of_book = under_way.entry(event.book).or_default();
            *of_book += 1;
            assert_eq!(*of_book, 1, "two events of one stream at the same time");
        }
        let gated = *self.0.gated.lock().unwrap();
        if gated {
            self.0.gate.acquire().await.unwrap().forget();
        }
        *self.0.under_way.lock().unwrap().entry(event.book).or_default() -= 1;
        self.answer(event)
    }

    /// All of them, or none.
    fn handle_all(&self, events: &[Envelope<'_, Written>], attempt: Attempt) -> Result<Outcome, HandlerError> {
        self.0.batches.lock().unwrap().push(events.iter().map(|event| event.number).collect());
        let mut calls = self.0.calls.lock().unwrap();
        calls.extend(events.iter().map(|event| (event.book, event.number, attempt.number())));
        drop(calls);
        let bad = events.iter().find(|event| self.0.verdicts.lock().unwrap().contains_key(&event.number));
        if let Some(bad) = bad {
            return self.answer(bad);
        }
        events.iter().try_fold(Outcome::Done, |_, event| self.answer(event))
    }

    /// The numbers of each batch.
    fn batches(&self) -> Vec<Vec<u64>> {
        self.0.batches.lock().unwrap().clone()
    }

    /// The same for a handler that can't wait.
    fn handle_now(&self, event: &Written, attempt: Attempt) -> Result<Outcome, HandlerError> {
        self.0.calls.lock().unwrap().push((event.book, event.number, attempt.number()));
        self.answer(event)
    }

    fn answer(&self, event: &Written) -> Result<Outcome, HandlerError> {
        if *self.0.outage.lock().unwrap() {
            return Err(HandlerError::transient("nothing works"));
        }
        let verdict = self.0.verdicts.lock().unwrap().get(&event.number).copied();
        match verdict {
            Some(Verdict::Fail) => Err(HandlerError::transient("the ink is out")),
            Some(Verdict::Permanent) => Err(HandlerError::permanent("illegible")),
            Some(Verdict::Panic) => panic!("torn page"),
            Some(Verdict::Snooze) => Ok(Outcome::Snooze(Duration::from_secs(10))),
            None => {
                self.0.handled.lock().unwrap().push((event.book, event.number));
                Ok(Outcome::Done)
            }
        }
    }
}

#[event_handler(durable(from = "start"), retry(attempts = 3, initial_delay = "10s", jitter = 0.0))]
async fn copy(event: &Written, attempt: Attempt, State(desk): State<&Desk>) -> Result<Outcome, HandlerError> {
    desk.handle(event, attempt).await
}

#[event_handler(durable(from = "now"))]
async fn follow(event: &Written, attempt: Attempt, State(desk): State<&Desk>) -> Result<Outcome, HandlerError> {
    desk.handle(event, attempt).await
}

/// A store with its clock, and what must live as long.
struct Office {
    store: EventStore,
    clock: Arc<ManualClock>,
    desk: Desk,
    /// Where the store is; it is removed at the end.
    place: Option<Box<dyn Any + Send>>,
}

impl Office {
    fn in_memory() -> Self {
        Self::of(EventStore::memory(), None)
    }

    #[cfg(feature = "sqlite")]
    async fn in_a_file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = EventStore::sqlite(folder.path().join("office.db")).await.unwrap();
        Self::of(store, Some(Box::new(folder)))
    }

    /// None if there is no server, and need not be.
    #[cfg(feature = "postgres")]
    async fn in_a_schema() -> Option<Self> {
        let (store, scratch) = crate::postgres::in_a_schema().await?;
        Some(Self::of(store, Some(Box::new(scratch))))
    }

    fn of(store: EventStore, place: Option<Box<dyn Any + Send>>) -> Self {
        let clock = Arc::new(ManualClock::at(chrono::DateTime::UNIX_EPOCH));
        Self { store: store.with_clock(clock.clone()), clock, desk: Desk::default(), place }
    }

    fn builder(&self, handlers: impl IntoIterator<Item = &'static HandlerRegistration>) -> EventDispatcherBuilder {
        EventDispatcher::builder()
            .store(self.store.clone())
            .handlers(HandlerRegistry::only(handlers))
            .state(self.desk.clone())
    }

    /// Publishes before anybody is there to handle it.
    async fn publish_before(&self, events: impl IntoIterator<Item = Written>) {
        let app = self.builder([]).build().unwrap();
        app.publish_batch(events.into_iter().collect::<Vec<_>>()).await.unwrap();
        app.shutdown().await.unwrap();
    }

    async fn start(&self, handlers: impl IntoIterator<Item = &'static HandlerRegistration>) -> EventDispatcher {
        self.builder(handlers).start().await.unwrap()
    }

    /// With a lease that lasts, however fast the clock goes while the store is asked.
    async fn start_for_long(
        &self,
        handlers: impl IntoIterator<Item = &'static HandlerRegistration>,
    ) -> EventDispatcher {
        self.builder(handlers).lease(Duration::from_secs(365 * 24 * 60 * 60)).start().await.unwrap()
    }

    fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Goes from one thing that is due to the next, until it has come to this.
    async fn pass_time(&self, what: &str, come: impl Fn() -> bool) {
        eventually(what, async || {
            self.clock.advance_to_next();
            come()
        })
        .await;
    }

    /// Waits until the books have these numbers, each in this order.
    async fn has(&self, book: u64, numbers: &[u64]) {
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        while self.desk.numbers(book) != numbers {
            let (handled, calls) = (self.desk.handled(), self.desk.calls());
            assert!(
                std::time::Instant::now() < deadline,
                "book {book} should have {numbers:?}; handled: {handled:?}, calls: {calls:?}"
            );
            tokio::task::yield_now().await;
        }
    }
}

/// Runs each case on every store.
macro_rules! on_every_store {
    ($($case:ident),+ $(,)?) => {
        mod in_memory {
            $(#[tokio::test] async fn $case() { super::$case(super::super::Office::in_memory()).await })+
        }
        #[cfg(feature = "sqlite")]
        mod in_a_file {
            $(#[tokio::test] async fn $case() { super::$case(super::super::Office::in_a_file().await).await })+
        }
        #[cfg(feature = "postgres")]
        mod in_a_schema {
            $(#[tokio::test] async fn $case() {
                let Some(office) = super::super::Office::in_a_schema().await else { return };
                super::$case(office).await;
            })+
        }
    };
}
use on_every_store;
