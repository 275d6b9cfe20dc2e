//! A handler that remembers what it was called with.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::event::{DomainEvent, EventMetadata};
use crate::handler::{EventHandler, HandlerError};

/// A handler that remembers every event, and fails as often as it is told to. All clones are one.
///
/// ```
/// use events::prelude::*;
/// use events::testing::Recorder;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Serialize, Deserialize, DomainEvent)]
/// #[event(no_stream)]
/// struct Ping { hops: u8 }
///
/// let bus = EventBus::builder().handlers(HandlerRegistry::none()).build().unwrap();
/// let recorder = Recorder::<Ping>::new();
/// bus.subscribe(recorder.clone());
/// bus.publish(&Ping { hops: 3 });
/// assert_eq!(recorder.events()[0].hops, 3);
/// ```
pub struct Recorder<E> {
    inner: Arc<Mutex<Calls<E>>>,
}

struct Calls<E> {
    seen: Vec<(E, EventMetadata)>,
    failures_left: usize,
}

impl<E> Recorder<E> {
    /// A handler that always succeeds.
    #[must_use]
    pub fn new() -> Self {
        Self::failing(0)
    }

    /// A handler whose first calls fail, so many of them. Failed calls are remembered too.
    #[must_use]
    pub fn failing(times: usize) -> Self {
        Self { inner: Arc::new(Mutex::new(Calls { seen: Vec::new(), failures_left: times })) }
    }

    /// How often it was called.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).seen.len()
    }
}

impl<E: Clone> Recorder<E> {
    /// The events that it was called with, in order.
    #[must_use]
    pub fn events(&self) -> Vec<E> {
        let calls = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        calls.seen.iter().map(|(event, _)| event.clone()).collect()
    }

    /// The metadata of the events that it was called with, in order.
    #[must_use]
    pub fn metadata(&self) -> Vec<EventMetadata> {
        let calls = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        calls.seen.iter().map(|(_, metadata)| metadata.clone()).collect()
    }
}

impl<E> Default for Recorder<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E> Clone for Recorder<E> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<E: DomainEvent + Clone> EventHandler<E> for Recorder<E> {
    fn handle(&self, event: &E, metadata: &EventMetadata) -> Result<(), HandlerError> {
        let mut calls = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        calls.seen.push((event.clone(), metadata.clone()));
        match calls.failures_left.checked_sub(1) {
            None => Ok(()),
            Some(left) => {
                calls.failures_left = left;
                Err(HandlerError::transient("the recorder was told to fail"))
            }
        }
    }
}

impl<E> fmt::Debug for Recorder<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("calls", &self.calls()).finish()
    }
}
