//! Building a bus: which handlers, with what state, wrapped in what.

use std::sync::Arc;
use std::time::Duration;

use super::{AsyncEventBus, EventBus, Middleware, SyncMiddleware, Table};
use crate::catalog::{CURE, Catalog, HandlerRegistry, Host, StartError, check};
use crate::event::Shareable;
use crate::handler::StateMap;

/// How long an async handler may take unless it says otherwise.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
/// How many async handlers of one event wait at the same time.
pub(crate) const DEFAULT_CONCURRENCY: usize = 64;

/// What every builder collects: the choice of handlers and their state.
#[derive(Default)]
pub(crate) struct Parts {
    registry: HandlerRegistry,
    state: StateMap,
    duplicate_states: Vec<&'static str>,
}

impl Parts {
    pub(crate) fn choose(&mut self, registry: HandlerRegistry) {
        self.registry = registry;
    }

    pub(crate) fn add_state<T: Shareable>(&mut self, value: T) {
        if !self.state.insert(value) {
            self.duplicate_states.push(std::any::type_name::<T>());
        }
    }

    /// Checks everything and freezes the handlers.
    pub(crate) fn freeze(self, host: Host) -> Result<(Catalog, Table, StateMap), StartError> {
        if self.registry.is_linked_and_empty() {
            tracing::warn!(
                "no handler is linked; {CURE}; where there is to be none, `.handlers(HandlerRegistry::none())` says so"
            );
        }
        let catalog = Catalog::of(self.registry.resolve());
        let catalog = check(catalog, &self.state, &self.duplicate_states, host)?;
        let table = Table::new(&catalog);
        Ok((catalog, table, self.state))
    }
}

/// Builds an [`EventBus`].
///
/// ```
/// use events::prelude::*;
///
/// let bus = EventBus::builder().handlers(HandlerRegistry::none()).state(String::from("shared")).build();
/// assert!(bus.is_ok());
/// ```
#[derive(Default)]
#[must_use]
pub struct EventBusBuilder {
    parts: Parts,
    skip_async: bool,
    middleware: Vec<Arc<dyn SyncMiddleware>>,
}

impl EventBusBuilder {
    /// Chooses the handlers; all that are linked, unless this is called.
    pub fn handlers(mut self, registry: HandlerRegistry) -> Self {
        self.parts.choose(registry);
        self
    }

    /// Gives a value to the handlers that take `State<&T>`.
    pub fn state<T: Shareable>(mut self, value: T) -> Self {
        self.parts.add_state(value);
        self
    }

    /// Leaves async handlers out. [`Delivery::skipped`](crate::Delivery::skipped) counts them.
    ///
    /// ```
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Ping;
    /// #[event_handler]
    /// async fn upload(_: &Ping) {}
    ///
    /// let chosen = HandlerRegistry::only(handlers![upload]);
    /// assert!(EventBus::builder().handlers(chosen.clone()).build().is_err());
    /// let bus = EventBus::builder().handlers(chosen).sync_only().build().unwrap();
    /// assert_eq!(bus.publish(&Ping).skipped(), 1);
    /// ```
    pub fn sync_only(mut self) -> Self {
        self.skip_async = true;
        self
    }

    /// Wraps every call; the first one added is the outermost.
    pub fn middleware(mut self, middleware: impl SyncMiddleware) -> Self {
        self.middleware.push(Arc::new(middleware));
        self
    }

    /// Builds the bus.
    ///
    /// # Errors
    /// Everything that is wrong with the handlers and their state, at once.
    pub fn build(self) -> Result<EventBus, StartError> {
        let (_, table, state) = self.parts.freeze(Host::SyncBus { skip_async: self.skip_async })?;
        Ok(EventBus::new(table, state, self.middleware))
    }
}

/// Builds an [`AsyncEventBus`].
///
/// ```
/// use events::prelude::*;
/// use std::time::Duration;
///
/// let bus = AsyncEventBus::builder().handlers(HandlerRegistry::none()).timeout(Duration::from_secs(1)).build();
/// assert!(bus.is_ok());
/// ```
#[derive(Default)]
#[must_use]
pub struct AsyncEventBusBuilder {
    parts: Parts,
    pub(crate) settings: Settings,
}

/// How an async bus calls its handlers.
pub(crate) struct Settings {
    pub(crate) middleware: Vec<Arc<dyn Middleware>>,
    pub(crate) timeout: Duration,
    pub(crate) concurrency: usize,
    /// How long a handler may keep its thread before that is noticed; only a dispatcher looks.
    pub(crate) block_limit: Option<Duration>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { middleware: Vec::new(), timeout: DEFAULT_TIMEOUT, concurrency: DEFAULT_CONCURRENCY, block_limit: None }
    }
}

impl AsyncEventBusBuilder {
    /// Chooses the handlers; all that are linked, unless this is called.
    pub fn handlers(mut self, registry: HandlerRegistry) -> Self {
        self.parts.choose(registry);
        self
    }

    /// Gives a value to the handlers that take `State<&T>`.
    pub fn state<T: Shareable>(mut self, value: T) -> Self {
        self.parts.add_state(value);
        self
    }

    /// Wraps every call; the first one added is the outermost.
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

    /// Builds the bus.
    ///
    /// # Errors
    /// Everything that is wrong with the handlers and their state, at once.
    pub fn build(self) -> Result<AsyncEventBus, StartError> {
        let (_, table, state) = self.parts.freeze(Host::AsyncBus)?;
        Ok(AsyncEventBus::new(table, state, self.settings))
    }
}
