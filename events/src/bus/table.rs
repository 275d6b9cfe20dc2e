//! Who is called with what.

use std::any::TypeId;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use crate::catalog::Catalog;
use crate::commit::MAX_DEPTH;
use crate::event::EventMetadata;
use crate::handler::{
    Blocks, BoxFuture, Call, Delivery, DynamicCall, EventContext, EventSelector, HandlerError, HandlerRegistration,
    HandlerResult, Stopwatch, settle,
};
use crate::id::HandlerName;

/// One handler in the table.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) name: HandlerName,
    pub(crate) call: EntryCall,
    pub(crate) priority: i32,
    pub(crate) timeout: Option<Duration>,
    pub(crate) subscription: u64,
    calls: Arc<Calls>,
}

#[derive(Clone)]
pub(crate) enum EntryCall {
    Static(Call),
    Dynamic(DynamicCall),
}

#[derive(Default)]
struct Calls {
    handled: AtomicU64,
    failed: AtomicU64,
    blocks: Blocks,
}

/// How often a handler was called since the start, and with what result; part of
/// [`DispatcherStats`](crate::dispatcher::DispatcherStats).
///
/// ```standalone_crate
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).build()?;
/// let subscription = app.subscribe(|_: &Ping| Err::<(), _>("the server is busy"));
/// app.publish(Ping).await?;
/// let stats = app.stats().handlers[subscription.name()];
/// assert_eq!((stats.handled, stats.failed), (0, 1));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HandlerStats {
    /// Calls that succeeded.
    pub handled: u64,
    /// Calls that failed or asked to be called later, whatever became of them.
    pub failed: u64,
    /// How often it has kept a thread of the runtime for longer than
    /// [`block_limit`](crate::dispatcher::EventDispatcherBuilder::block_limit), in a started dispatcher.
    pub blocked: u64,
}

/// A call that was begun: done, or a future to wait for.
pub(crate) enum Begun<'c> {
    Sync(&'c (dyn Fn(&EventContext<'_>) -> HandlerResult + Sync)),
    Async(BoxFuture<'c, HandlerResult>),
}

impl Entry {
    /// A handler of its own, with a count of its own.
    pub(crate) fn registered(handler: &'static HandlerRegistration) -> Self {
        Self::counted_by(handler, Arc::default())
    }

    fn counted_by(handler: &'static HandlerRegistration, calls: Arc<Calls>) -> Self {
        Self {
            name: handler.handler_name(),
            call: EntryCall::Static(handler.call()),
            priority: handler.priority(),
            timeout: handler.timeout(),
            subscription: 0,
            calls,
        }
    }

    /// Counts a call.
    pub(crate) fn count(&self, succeeded: bool) {
        let counter = if succeeded { &self.calls.handled } else { &self.calls.failed };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Watches a call of it.
    pub(crate) fn watch(&self, limit: Duration) -> Stopwatch<'_> {
        Stopwatch::new(limit, &self.name, &self.calls.blocks)
    }

    /// What it was called with.
    pub(crate) fn stats(&self) -> HandlerStats {
        HandlerStats {
            handled: self.calls.handled.load(Ordering::Relaxed),
            failed: self.calls.failed.load(Ordering::Relaxed),
            blocked: self.calls.blocks.count(),
        }
    }

    pub(crate) fn is_async(&self) -> bool {
        matches!(self.call, EntryCall::Static(Call::Async(_)) | EntryCall::Dynamic(DynamicCall::Async(_)))
    }

    /// Calls a sync handler; `None` for an async one.
    pub(crate) fn call_sync(&self, context: &EventContext<'_>) -> Option<HandlerResult> {
        match &self.call {
            EntryCall::Static(Call::Sync(call)) => Some(call(context)),
            EntryCall::Dynamic(DynamicCall::Sync(call)) => Some(call(context)),
            EntryCall::Static(Call::Async(_)) | EntryCall::Dynamic(DynamicCall::Async(_)) => None,
        }
    }

    /// Begins a call: a sync handler is only named, an async one gives its future.
    #[inline]
    pub(crate) fn begin<'c>(&'c self, context: &'c EventContext<'_>) -> Begun<'c> {
        match &self.call {
            EntryCall::Static(Call::Sync(call)) => Begun::Sync(call),
            EntryCall::Dynamic(DynamicCall::Sync(call)) => Begun::Sync(call.as_ref()),
            EntryCall::Static(Call::Async(call)) => Begun::Async(call(context)),
            EntryCall::Dynamic(DynamicCall::Async(call)) => Begun::Async(call(context)),
        }
    }
}

/// A `TypeId` is a hash already.
#[derive(Default)]
pub(crate) struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            for (to, from) in word.iter_mut().zip(chunk) {
                *to = *from;
            }
            self.0 ^= u64::from_le_bytes(word);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 ^= number;
    }
}

type ByType<T> = HashMap<TypeId, T, BuildHasherDefault<Identity>>;

/// The handlers of one event type, highest priority first.
#[derive(Default)]
struct Handlers {
    entries: Vec<Entry>,
    /// How many have a priority of 0 or more: what is subscribed later comes after them.
    before_subscribed: usize,
}

impl Handlers {
    fn new(entries: Vec<Entry>) -> Self {
        let before_subscribed = entries.partition_point(|entry| entry.priority >= 0);
        Self { entries, before_subscribed }
    }
}

/// The handlers of a bus: what is registered, frozen, and what is subscribed, behind a lock.
#[derive(Default)]
pub(crate) struct Table {
    by_type: ByType<Handlers>,
    /// For event types that were not known when the table was made.
    all: Handlers,
    subscribed: RwLock<ByType<Arc<[Entry]>>>,
    subscribed_count: AtomicUsize,
    next_subscription: AtomicU64,
    /// Which Rust type each name of a subscriber was given to: it never goes to another.
    names: Mutex<HashMap<String, TypeId>>,
}

/// The handlers of one event, in the order in which they are called.
pub(crate) struct Found<'t> {
    first: &'t [Entry],
    subscribed: Option<Arc<[Entry]>>,
    last: &'t [Entry],
}

/// Why a bus calls nobody: its handlers publish from within each other, in a circle it seems.
#[derive(Debug, thiserror::Error)]
#[error("published {MAX_DEPTH} handlers deep: handlers publish each other's events in a circle")]
struct TooDeep;

impl Found<'_> {
    /// The delivery of an event that was published too deep within handlers, each of whose own
    /// handlers has failed without being called; `None` for any other event.
    pub(crate) fn refuse_too_deep(&self, metadata: &EventMetadata, depth: u16) -> Option<Delivery> {
        if depth <= MAX_DEPTH {
            return None;
        }
        let mut delivery = Delivery::default();
        for entry in self.iter() {
            settle(&mut delivery, &entry.name, metadata, Err(HandlerError::permanent(TooDeep)));
        }
        Some(delivery)
    }

    pub(crate) fn len(&self) -> usize {
        self.first.len() + self.subscribed.as_ref().map_or(0, |entries| entries.len()) + self.last.len()
    }

    /// Whether one of them was subscribed, and may want to share the event.
    pub(crate) fn has_subscribed(&self) -> bool {
        self.subscribed.is_some()
    }

    /// The three parts, in the order of calling.
    pub(crate) fn slices(&self) -> [&[Entry]; 3] {
        [self.first, self.subscribed.as_deref().unwrap_or_default(), self.last]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.slices().into_iter().flatten()
    }
}

impl Table {
    /// Freezes the inline handlers of a catalog, which are in the order of calling already.
    pub(crate) fn new(catalog: &Catalog) -> Self {
        let inline = || catalog.handlers().iter().filter(|handler| handler.durable().is_none());
        let types: HashSet<_> = catalog.events().iter().map(|event| event.type_id()).collect();
        // A handler that is linked twice has one name, and one count.
        let calls: BTreeMap<_, Arc<Calls>> = inline().map(|handler| (handler.name(), Arc::default())).collect();
        let counted = |handler| Entry::counted_by(handler, calls.get(handler.name()).cloned().unwrap_or_default());
        let entries: Vec<_> = inline().map(|handler| (handler, counted(handler))).collect();
        let handlers_of = |type_id: Option<TypeId>| {
            let wanted = entries.iter().filter(|(handler, _)| match handler.events() {
                EventSelector::All => true,
                EventSelector::Only(events) => events.iter().any(|event| Some(event.type_id()) == type_id),
            });
            let mut wanted: Vec<_> = wanted.map(|(_, entry)| entry.clone()).collect();
            // Two copies that take the same event are one handler, called once.
            wanted.dedup_by(|left, right| left.name == right.name);
            Handlers::new(wanted)
        };
        let by_type = types.into_iter().map(|type_id| (type_id, handlers_of(Some(type_id)))).collect();
        Self { by_type, all: handlers_of(None), ..Self::default() }
    }

    /// The handlers of an event type.
    pub(crate) fn find(&self, type_id: TypeId) -> Found<'_> {
        let handlers = self.by_type.get(&type_id).unwrap_or(&self.all);
        let (first, last) = handlers.entries.split_at(handlers.before_subscribed);
        // Relaxed is enough: a publisher that must see a subscription has another way to know of it.
        let subscribed = match self.subscribed_count.load(Ordering::Relaxed) {
            0 => None,
            _ => self.subscribed.read().unwrap_or_else(PoisonError::into_inner).get(&type_id).cloned(),
        };
        Found { first, subscribed, last }
    }

    /// Adds a handler at run time; answers with its number and its name.
    pub(crate) fn subscribe<S: 'static>(&self, type_id: TypeId, call: DynamicCall) -> (u64, HandlerName) {
        let subscription = self.next_subscription.fetch_add(1, Ordering::Relaxed) + 1;
        let mut subscribed = self.subscribed.write().unwrap_or_else(PoisonError::into_inner);
        let name = self.free_name::<S>(&subscribed);
        let call = EntryCall::Dynamic(call);
        let entry = Entry { name: name.clone(), call, priority: 0, timeout: None, subscription, calls: Arc::default() };
        let old = subscribed.get(&type_id).map_or(&[][..], |entries| entries);
        let entries = old.iter().cloned().chain([entry]).collect();
        subscribed.insert(type_id, entries);
        self.subscribed_count.fetch_add(1, Ordering::Relaxed);
        (subscription, name)
    }

    /// Removes a handler that was subscribed; answers whether it was there.
    pub(crate) fn unsubscribe(&self, type_id: TypeId, subscription: u64) -> bool {
        let mut subscribed = self.subscribed.write().unwrap_or_else(PoisonError::into_inner);
        let Some(entries) = subscribed.get_mut(&type_id) else { return false };
        let left: Arc<[Entry]> = entries.iter().filter(|entry| entry.subscription != subscription).cloned().collect();
        let found = left.len() < entries.len();
        *entries = left;
        if found {
            self.subscribed_count.fetch_sub(1, Ordering::Relaxed);
        }
        found
    }

    /// The name of the Rust type, with a number from the second one on: all closures of a function are
    /// of one name, and a letter that two handlers shared would be retried by one of them only.
    fn free_name<S: 'static>(&self, subscribed: &ByType<Arc<[Entry]>>) -> HandlerName {
        let type_name = std::any::type_name::<S>();
        let in_use: HashSet<_> =
            subscribed.values().flat_map(|entries| entries.iter()).map(|entry| entry.name.as_str()).collect();
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let mut name = type_name.to_owned();
        let mut number = 1_u64;
        while in_use.contains(name.as_str()) || names.get(&name).is_some_and(|owner| *owner != TypeId::of::<S>()) {
            number += 1;
            name = format!("{type_name}#{number}");
        }
        names.insert(name.clone(), TypeId::of::<S>());
        name.into()
    }

    /// What each handler was called with.
    pub(crate) fn stats(&self) -> BTreeMap<HandlerName, HandlerStats> {
        let subscribed = self.subscribed.read().unwrap_or_else(PoisonError::into_inner);
        let registered = self.by_type.values().chain([&self.all]).flat_map(|handlers| &handlers.entries);
        let entries = registered.chain(subscribed.values().flat_map(|entries| entries.iter()));
        entries.map(|entry| (entry.name.clone(), entry.stats())).collect()
    }

    /// The names of what is subscribed, in the order of subscription.
    pub(crate) fn subscriptions(&self) -> Vec<HandlerName> {
        let subscribed = self.subscribed.read().unwrap_or_else(PoisonError::into_inner);
        let mut entries: Vec<_> = subscribed.values().flat_map(|entries| entries.iter()).collect();
        entries.sort_by_key(|entry| entry.subscription);
        entries.into_iter().map(|entry| entry.name.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::hash::Hash;

    use super::*;

    #[test]
    fn the_identity_hash_keeps_type_ids_apart() {
        let hash = |type_id: TypeId| {
            let mut hasher = Identity::default();
            type_id.hash(&mut hasher);
            hasher.finish()
        };
        assert_ne!(hash(TypeId::of::<u8>()), hash(TypeId::of::<u16>()));
        assert_eq!(hash(TypeId::of::<u8>()), hash(TypeId::of::<u8>()));
    }
}
