//! The shared part of a dispatcher.

use std::any::TypeId;
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::activity::Activity;
use super::dead::DeadLetterHooks;
use super::durable_calls::DurableCalls;
use super::stats::Counters;
use crate::bus::AsyncEventBus;
use crate::catalog::Catalog;
use crate::dead_letter::Retention;
use crate::delivery::{DurableHandler, Pace};
use crate::event::EventDescriptor;
use crate::handler::RetryPolicy;
use crate::id::{HandlerName, Position, ProcessId};
use crate::store::EventStore;

pub(crate) struct Inner {
    pub(crate) store: EventStore,
    pub(crate) bus: AsyncEventBus,
    pub(crate) catalog: Catalog,
    /// The newest version of each event type.
    pub(crate) newest: BTreeMap<&'static str, &'static EventDescriptor>,
    /// Events that were met since, and that no registered item names.
    pub(crate) met: RwLock<BTreeMap<&'static str, &'static EventDescriptor>>,
    /// The event types that a newer version replaces: they can't be published.
    pub(crate) superseded: HashSet<TypeId>,
    pub(crate) policy: RetryPolicy,
    pub(crate) retention: Retention,
    /// What is called when a letter has become dead.
    pub(crate) hooks: DeadLetterHooks,
    /// How long durable handlers stay with this process when it gives no sign of life.
    pub(crate) lease: Duration,
    /// Names the program's build in letters.
    pub(crate) build: String,
    /// Names this dispatcher in leases.
    pub(crate) owner: ProcessId,
    /// The durable handlers, by name.
    pub(crate) durable: Vec<Arc<DurableHandler>>,
    /// How often the end of the log is looked for.
    pub(crate) pace: Pace,
    /// Counts up whenever a durable handler has got further in this process.
    pub(crate) progress: watch::Sender<u64>,
    /// The last position that this process has committed.
    pub(crate) committed: watch::Sender<Position>,
    /// Itself, for the handlers that take the dispatcher.
    pub(crate) me: Weak<Self>,
    /// Counts up whenever an operator has changed letters, in this process or another.
    pub(crate) letters_changed: watch::Sender<u64>,
    /// Counts up whenever a call has changed a letter in this process.
    pub(crate) letters_tried: watch::Sender<u64>,
    pub(crate) activity: Activity,
    /// The calls of durable handlers.
    pub(crate) calls: DurableCalls,
    pub(crate) counters: Counters,
    /// The runtime the dispatcher was made on; work that nobody waits for goes there.
    pub(crate) runtime: Option<Handle>,
    pub(crate) workers: Mutex<Vec<Worker>>,
}

/// What a background task does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Retries of inline handlers, and the retention of letters.
    Retries,
    /// What operators have asked for.
    Requests,
    /// Durable handlers.
    Durable,
}

/// A background task of a started dispatcher.
pub(crate) struct Worker {
    pub(crate) part: Part,
    pub(crate) task: JoinHandle<()>,
    pub(crate) stop: watch::Sender<bool>,
}

impl Worker {
    /// Begins the work, which is told when to stop.
    pub(crate) fn spawn<W>(runtime: &Handle, part: Part, work: impl FnOnce(watch::Receiver<bool>) -> W) -> Self
    where
        W: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopped) = watch::channel(false);
        Self { part, task: runtime.spawn(work(stopped)), stop }
    }
}

impl Inner {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.store.now()
    }

    /// When a failed handler is called again: as it says itself, or else as the builder was told.
    pub(crate) fn policy_of(&self, handler: &HandlerName) -> &RetryPolicy {
        let registered = self.catalog.handlers().iter().find(|known| handler == known.name());
        registered.and_then(|handler| handler.retry()).unwrap_or(&self.policy)
    }

    /// The build that a handler's letters name: its package's version, and the program's own tag.
    pub(crate) fn build_of(&self, handler: &HandlerName) -> String {
        let handler = self.catalog.handlers().iter().find(|known| handler == known.name());
        build_name(handler.and_then(|handler| handler.package()), &self.build)
    }

    /// The newest version of the event of that name.
    pub(crate) fn descriptor(&self, name: &str) -> Option<&'static EventDescriptor> {
        let met = || self.met.read().unwrap_or_else(PoisonError::into_inner).get(name).copied();
        self.newest.get(name).copied().or_else(met)
    }

    /// Remembers an event type that no registered item names, so that its letters can be read.
    pub(crate) fn meet(&self, event: &'static EventDescriptor) {
        if self.descriptor(event.name()).is_none() {
            self.met.write().unwrap_or_else(PoisonError::into_inner).insert(event.name(), event);
        }
    }

    /// The inline handlers, whose letters this process can retry.
    pub(crate) fn handler_names(&self) -> Vec<HandlerName> {
        let inline = self.catalog.each_once().filter(|handler| handler.durable().is_none());
        let registered = inline.map(|handler| handler.handler_name());
        registered.chain(self.bus.subscriptions()).collect()
    }
}

/// A handler's package with its version, and the program's own tag.
pub(crate) fn build_name(package: Option<(&str, &str)>, tag: &str) -> String {
    match (package, tag) {
        (Some((name, version)), "") => format!("{name} {version}"),
        (Some((name, version)), tag) => format!("{name} {version} ({tag})"),
        (None, tag) => tag.to_owned(),
    }
}
