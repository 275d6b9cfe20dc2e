//! Building a dispatcher.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;

use super::activity::Activity;
use super::dead::DeadLetterHooks;
use super::durable_calls::DurableCalls;
use super::inner::{Inner, Part, Worker, build_name};
use super::stats::Counters;
use super::{EventDispatcher, durable, process_name, requests, worker};
use crate::bus::{AsyncEventBus, Middleware, Parts, Settings};
use crate::catalog::{Catalog, HandlerRegistry, Host, Problem, StartError};
use crate::clock::Clock;
use crate::dead_letter::Retention;
use crate::delivery::{DurableHandler, LEASE, Pace, SHORTEST_LEASE};
use crate::error::Error;
use crate::event::Shareable;
use crate::handler::{ErrorReport, RetryPolicy};
use crate::id::Position;
use crate::store::{EventStore, FailedEvent};

/// How long a handler may keep its thread, unless a builder is told otherwise.
const BLOCK_LIMIT: Duration = Duration::from_millis(100);
/// How many letters a lane of a durable handler may leave open, unless a builder is told otherwise.
const LETTER_LIMIT: usize = 10_000;

/// Builds an [`EventDispatcher`].
///
/// ```standalone_crate
/// use events::prelude::*;
/// use std::time::Duration;
///
/// let app = EventDispatcher::builder()
///     .store(EventStore::memory())
///     .handlers(HandlerRegistry::none())
///     .retry(RetryPolicy::new(5).with_initial_delay(Duration::from_millis(100)))
///     .build();
/// assert!(app.is_ok());
/// ```
#[must_use]
pub struct EventDispatcherBuilder {
    parts: Parts,
    settings: Settings,
    store: Option<EventStore>,
    clock: Option<Arc<dyn Clock>>,
    policy: RetryPolicy,
    retention: Retention,
    hooks: DeadLetterHooks,
    block_limit: Duration,
    letter_limit: usize,
    lease: Duration,
    process_name: String,
    build: String,
    pace: Pace,
}

impl EventDispatcherBuilder {
    pub(crate) fn new() -> Self {
        Self {
            parts: Parts::default(),
            settings: Settings::default(),
            store: None,
            clock: None,
            policy: RetryPolicy::default(),
            retention: Retention::default(),
            hooks: DeadLetterHooks::default(),
            block_limit: BLOCK_LIMIT,
            letter_limit: LETTER_LIMIT,
            lease: LEASE,
            process_name: String::new(),
            build: String::new(),
            pace: Pace::default(),
        }
    }

    /// Where events go. Without it they go to a store in memory, which ends with the process.
    pub fn store(mut self, store: EventStore) -> Self {
        self.store = Some(store);
        self
    }

    /// Chooses the handlers; all that are linked, unless this is called.
    pub fn handlers(mut self, registry: HandlerRegistry) -> Self {
        self.parts.choose(registry);
        self
    }

    /// Gives a value to the handlers that take `State<&T>`, and to handlers that are methods of it.
    pub fn state<T: Shareable>(mut self, value: T) -> Self {
        self.parts.add_state(value);
        self
    }

    /// Wraps every call of a handler; the first one added is the outermost.
    pub fn middleware(mut self, middleware: impl Middleware) -> Self {
        self.settings.middleware.push(Arc::new(middleware));
        self
    }

    /// How long an async handler may take that doesn't say so itself; 5 s unless this is called.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = timeout;
        self
    }

    /// How many async handlers of one event may wait at the same time; 64 unless this is called,
    /// at least one.
    pub fn concurrency(mut self, limit: usize) -> Self {
        self.settings.concurrency = limit.max(1);
        self
    }

    /// When failed handlers are called again, those apart that say it themselves by `retry(…)`.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// How long closed letters are kept.
    pub fn retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// Is called with each letter that this process has made dead, once it is committed: at the handler's
    /// first failure if nothing is to be tried again, or at its last retry; of handlers of both kinds, and
    /// anew when a letter that was redriven dies again. Called again, this adds a further hook.
    ///
    /// It runs on a thread for work that blocks, so that it may take its time: no handler and no publisher
    /// waits for it, a shutdown does within its deadline. Hooks of several letters may run side by side. A
    /// panic in one is logged. It is told once, and not again after a crash; what must not be missed is
    /// asked of [`dead_letters`](EventDispatcher::dead_letters).
    ///
    /// ```standalone_crate
    /// use events::prelude::*;
    /// use events::store::FailedEvent;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Ping;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let (tell, told) = std::sync::mpsc::channel();
    /// let app = EventDispatcher::builder()
    ///     .handlers(HandlerRegistry::none())
    ///     .on_dead_letter(move |letter: &FailedEvent| {
    ///         let error = letter.error.as_ref().map(ToString::to_string);
    ///         drop(tell.send((letter.id, error)));
    ///     })
    ///     .start()
    ///     .await?;
    /// app.subscribe(|_: &Ping| Err::<(), _>(HandlerError::permanent("no such host")));
    /// app.publish(Ping).await?;
    /// app.shutdown().await?;
    /// let (letter, error) = told.recv()?;
    /// assert_eq!((letter.value(), error.as_deref()), (1, Some("no such host")));
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_dead_letter(mut self, hook: impl Fn(&FailedEvent) + Send + Sync + 'static) -> Self {
        self.hooks.add(hook);
        self
    }

    /// How long a handler may keep its thread before it is logged as one that holds everything else up, at
    /// most once a minute, and counted in [`stats`](EventDispatcher::stats); 100 ms unless this is called.
    ///
    /// That is the time of one poll of an async handler, or of the whole call of a sync one. Only a started
    /// dispatcher looks, and pays for it with two looks at the clock for each.
    ///
    /// ```standalone_crate
    /// use events::prelude::*;
    /// use std::time::Duration;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Ping;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let app = EventDispatcher::builder()
    ///     .handlers(HandlerRegistry::none())
    ///     .block_limit(Duration::from_millis(1))
    ///     .start()
    ///     .await?;
    /// let greedy = app.subscribe(|_: &Ping| {
    ///     let begun = std::time::Instant::now();
    ///     while begun.elapsed() < Duration::from_millis(2) {}
    /// });
    /// app.publish(Ping).await?;
    /// assert_eq!(app.stats().handlers[greedy.name()].blocked, 1);
    /// # app.shutdown().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn block_limit(mut self, limit: Duration) -> Self {
        self.block_limit = limit;
        self
    }

    /// How many letters of a durable handler may be open (retrying, dead or held), and how many of its keys
    /// may wait, before it halts; 10,000 unless this is called, at least one. Each of its partitions has
    /// a limit of its own.
    ///
    /// So many mean that nobody looks, and they would go on growing. The event that is one too many has its
    /// letter and nothing is skipped; the handler's row and the log say what is full. When letters were
    /// redriven or discarded, [`resume`](crate::DurableHandlers::resume) lets it go on where it was.
    ///
    /// Letters of inline handlers have no limit: such a handler is called by the publisher, and can't be
    /// stopped without losing what it would have been called with.
    ///
    /// ```standalone_crate
    /// use events::prelude::*;
    /// use events::store::HandlerState;
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Serialize, Deserialize, DomainEvent)]
    /// #[event(no_stream)]
    /// struct Ping;
    ///
    /// #[event_handler(durable(from = "start", order = "none"), retry(attempts = 1))]
    /// fn forward(_: &Ping) -> Result<(), HandlerError> {
    ///     Err(HandlerError::permanent("no such host"))
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let app = EventDispatcher::builder().handlers(HandlerRegistry::only(handlers![forward])).letter_limit(2);
    /// let app = app.start().await?;
    /// app.publish_batch((Ping, Ping, Ping)).await?;
    /// let forward = loop {
    ///     let row = app.durable_handlers().get("forward").await?.ok_or("it was registered")?;
    ///     if row.state == HandlerState::Halted {
    ///         break row;
    ///     }
    ///     tokio::task::yield_now().await;
    /// };
    /// assert!(forward.reason.is_some_and(|reason| reason.starts_with("2 letters are open already")));
    /// assert_eq!(app.dead_letters().list(LetterQuery::new()).await?.len(), 3);
    /// # app.shutdown().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn letter_limit(mut self, limit: usize) -> Self {
        self.letter_limit = limit.max(1);
        self
    }

    /// How long durable handlers stay with this process when it gives no sign of life, before another
    /// takes them over; 20 s unless this is called, at least 1 s. A process gives four signs of life in
    /// that time, each a few statements on the store.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease.max(SHORTEST_LEASE);
        self
    }

    /// Takes the time from another clock, for the store's times of recording too.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Names this process to operators: as the owner of durable handlers, and in the list of processes. It
    /// is the machine's name with the process's number unless this is called.
    ///
    /// Behind the name comes something random, since no two processes may have one name, nor a process
    /// and the one that was started in its place. Control characters are left out of it, and what is
    /// behind its first 128 characters.
    ///
    /// ```standalone_crate
    /// use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Ping;
    ///
    /// #[event_handler(durable(from = "start"))]
    /// fn count(_: &Ping) {}
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let app = EventDispatcher::builder().handlers(HandlerRegistry::only(handlers![count])).process_name("web-1");
    /// let app = app.start().await?;
    /// let processes = app.durable_handlers().processes().await?;
    /// assert!(processes[0].process.as_str().starts_with("web-1-"));
    /// # app.shutdown().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn process_name(mut self, name: impl Into<String>) -> Self {
        self.process_name = name.into();
        self
    }

    /// Names the program's build in letters, such as its commit, beside the version of the handler's
    /// package, which is there by itself.
    pub fn build_tag(mut self, tag: impl Into<String>) -> Self {
        self.build = tag.into();
        self
    }

    /// How often durable handlers look for events of other processes of which the store hasn't heard:
    /// after `shortest` while there are some, and ever less often up to `longest` while there are none;
    /// 20 ms and 1 s unless this is called.
    ///
    /// What this process commits is noticed at once. So is what others commit to the same store in
    /// PostgreSQL, except in transactions of their own (`append_in`).
    pub fn poll(mut self, shortest: Duration, longest: Duration) -> Self {
        let shortest = shortest.max(Duration::from_millis(1));
        self.pace = Pace { shortest, longest: longest.max(shortest) };
        self
    }

    /// Builds a dispatcher that publishes, but does nothing in the background: letters wait for a
    /// started one.
    ///
    /// # Errors
    /// Everything that is wrong with the handlers and their state, at once.
    pub fn build(self) -> Result<EventDispatcher, StartError> {
        let (catalog, table, state) = self.parts.freeze(Host::Dispatcher)?;
        let store = self.store.unwrap_or_else(EventStore::memory);
        let store = match self.clock {
            Some(clock) => store.with_clock(clock),
            None => store,
        };
        let durable = durable(&catalog, &self.policy, &self.build, self.letter_limit);
        Ok(EventDispatcher::sharing(Arc::new_cyclic(|me| Inner {
            store,
            bus: AsyncEventBus::new(table, state, self.settings),
            newest: catalog.newest(),
            met: RwLock::default(),
            superseded: catalog.superseded(),
            catalog,
            policy: self.policy,
            retention: self.retention,
            hooks: self.hooks,
            lease: self.lease,
            build: self.build,
            owner: process_name::unique(&self.process_name),
            durable,
            pace: self.pace,
            progress: watch::Sender::new(0),
            committed: watch::Sender::new(Position::START),
            me: me.clone(),
            letters_changed: watch::Sender::new(0),
            letters_tried: watch::Sender::new(0),
            activity: Activity::new(),
            calls: DurableCalls::default(),
            counters: Counters::default(),
            runtime: Handle::try_current().ok(),
            workers: Mutex::new(Vec::new()),
        })))
    }

    /// Builds a dispatcher and starts its work in the background: durable handlers, retries, and the
    /// retention of letters.
    ///
    /// # Errors
    /// Everything that is wrong with the handlers and their state, at once; that there is no tokio
    /// runtime to work on; or that the store can't make the durable handlers known.
    pub async fn start(mut self) -> Result<EventDispatcher, StartError> {
        let runtime = Handle::try_current().map_err(|_| StartError::from(Problem::NoRuntime))?;
        self.settings.block_limit = Some(self.block_limit);
        let dispatcher = self.build()?;
        let inner = &dispatcher.inner;
        let supervisor = durable::supervisor(inner);
        if let Some(supervisor) = &supervisor {
            let refused = |error: Error| Problem::DurableHandlers { reason: report(&error) };
            supervisor.register().await.map_err(|error| StartError::from(refused(error)))?;
        }
        let mut workers = inner.workers.lock().unwrap_or_else(PoisonError::into_inner);
        let me = || Arc::downgrade(inner);
        workers.push(Worker::spawn(&runtime, Part::Retries, |stopped| worker::run(me(), stopped)));
        workers.push(Worker::spawn(&runtime, Part::Requests, |stopped| requests::carry_out(me(), stopped)));
        if let Some(supervisor) = supervisor {
            workers.push(Worker::spawn(&runtime, Part::Durable, |stopped| supervisor.supervise().run(stopped)));
        }
        drop(workers);
        Ok(dispatcher)
    }
}

/// The durable handlers among those of a catalog.
fn durable(catalog: &Catalog, policy: &RetryPolicy, tag: &str, letter_limit: usize) -> Vec<Arc<DurableHandler>> {
    catalog
        .each_once()
        .filter_map(|handler| DurableHandler::of(handler, policy, build_name(handler.package(), tag), letter_limit))
        .map(Arc::new)
        .collect()
}

fn report(error: &Error) -> String {
    ErrorReport::of(error, "").to_string()
}
