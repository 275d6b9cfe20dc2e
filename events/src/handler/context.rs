//! What surrounds one call of a handler.

use std::any::Any;
use std::sync::Arc;

use super::{Attempt, ExtractError, LendConnection, StateMap};
use crate::event::{DomainEvent, Envelope, ErasedEvent, EventMetadata, RecordedEvent, Shareable};
use crate::id::HandlerName;

/// Everything a handler's arguments can be made from.
///
/// Handlers don't see it; extractors do, through [`FromContext`](super::FromContext), and middleware.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use events::{EventContext, ExtractError, FromContext};
///
/// /// Something to find the call by in a log.
/// struct CallId(String);
///
/// impl<'c> FromContext<'c> for CallId {
///     fn from_context(context: &'c EventContext<'_>) -> Result<Self, ExtractError> {
///         let event = context.metadata().event_id();
///         Ok(Self(format!("{}/{event}/{}", context.handler(), context.attempt().number())))
///     }
/// }
///
/// #[event_handler]
/// fn audit(_: &Ping, CallId(id): CallId) {
///     assert!(id.starts_with("audit/") && id.ends_with("/1"));
/// }
/// # let bus = EventBus::builder().handlers(HandlerRegistry::only(handlers![audit])).build().unwrap();
/// # bus.publish(&Ping).into_result().unwrap();
/// ```
#[derive(Clone, Copy)]
pub struct EventContext<'a> {
    event: &'a dyn ErasedEvent,
    any: &'a (dyn Any + Send + Sync),
    metadata: &'a EventMetadata,
    state: &'a StateMap,
    surroundings: &'a Surroundings<'a>,
    handler: &'a HandlerName,
    attempt: Attempt,
}

/// The part that is the same for all handlers of one event.
#[derive(Default)]
pub(crate) struct Surroundings<'a> {
    pub(crate) shared: Option<&'a Arc<dyn ErasedEvent>>,
    pub(crate) recorded: Option<&'a RecordedEvent>,
    pub(crate) host: Option<&'a (dyn Any + Send + Sync)>,
    pub(crate) transaction: Option<&'a dyn LendConnection>,
    /// Whether the call is about what was handled before.
    pub(crate) replay: bool,
    /// All events of the call, if the handler takes several.
    pub(crate) batch: Option<&'a [BatchedEvent<'a>]>,
}

/// One of several events of a call.
pub(crate) struct BatchedEvent<'a> {
    pub(crate) event: Arc<dyn ErasedEvent>,
    pub(crate) recorded: &'a RecordedEvent,
}

impl<'a> EventContext<'a> {
    pub(crate) fn new(
        event: &'a dyn ErasedEvent,
        metadata: &'a EventMetadata,
        state: &'a StateMap,
        surroundings: &'a Surroundings<'a>,
        handler: &'a HandlerName,
    ) -> Self {
        Self { event, any: event.as_any(), metadata, state, surroundings, handler, attempt: Attempt::FIRST }
    }

    /// The same event for another handler.
    #[inline]
    pub(crate) fn set_handler(&mut self, handler: &'a HandlerName) {
        self.handler = handler;
    }

    pub(crate) fn with_attempt(self, attempt: Attempt) -> Self {
        Self { attempt, ..self }
    }

    /// The event, if it is of that type; of several, the first.
    ///
    /// # Errors
    /// If it is of another type.
    #[inline]
    pub fn event<E: DomainEvent>(&self) -> Result<&'a E, ExtractError> {
        match self.any.downcast_ref() {
            Some(event) => Ok(event),
            None => Err(self.other_event::<E>()),
        }
    }

    /// The event with its metadata, if it is of that type.
    ///
    /// # Errors
    /// If it is of another type.
    pub fn envelope<E: DomainEvent>(&self) -> Result<Envelope<'a, E>, ExtractError> {
        self.event().map(|event| Envelope::new(event, self.metadata))
    }

    /// The event, shared, if it is of that type and was published by value.
    ///
    /// # Errors
    /// If it is of another type, or only lent.
    pub fn shared_event<E: DomainEvent>(&self) -> Result<Arc<E>, ExtractError> {
        let shared = self.surroundings.shared;
        let shared = shared.ok_or_else(|| ExtractError::new("the event was lent to the bus, not given"))?;
        Arc::clone(shared).into_any().downcast().map_err(|_| self.other_event::<E>())
    }

    /// The event as the store keeps it.
    ///
    /// # Errors
    /// On a bus without a store.
    pub fn recorded(&self) -> Result<&'a RecordedEvent, ExtractError> {
        self.surroundings.recorded.ok_or_else(|| {
            ExtractError::new("a handler of `&RecordedEvent` needs an `EventDispatcher`: a bus alone records nothing")
        })
    }

    /// Whether the call is about history that was handled before: see [`Replay`](super::Replay).
    #[must_use]
    pub fn is_replay(&self) -> bool {
        self.surroundings.replay
    }

    /// How many events the call is about: more than one only where the handler takes
    /// `&[Envelope<'_, E>]`.
    #[must_use]
    pub fn batch_len(&self) -> usize {
        self.surroundings.batch.map_or(1, <[_]>::len)
    }

    /// All events of the call with their metadata.
    pub(crate) fn envelopes<E: DomainEvent>(&self) -> Result<Vec<Envelope<'a, E>>, ExtractError> {
        let envelope = |batched: &'a BatchedEvent<'a>| match batched.event.as_any().downcast_ref() {
            Some(event) => Ok(Envelope::new(event, batched.recorded.metadata())),
            None => Err(self.other_event::<E>()),
        };
        self.batch()?.iter().map(envelope).collect()
    }

    /// All events of the call as the store keeps them.
    pub(crate) fn all_recorded(&self) -> Result<Vec<&'a RecordedEvent>, ExtractError> {
        Ok(self.batch()?.iter().map(|batched| batched.recorded).collect())
    }

    fn batch(&self) -> Result<&'a [BatchedEvent<'a>], ExtractError> {
        self.surroundings.batch.ok_or_else(|| ExtractError::new("only a durable handler is called with several events"))
    }

    /// The metadata of the call's event, for an extractor that is about one event.
    pub(crate) fn single(&self) -> Result<&'a EventMetadata, ExtractError> {
        match self.surroundings.batch {
            None => Ok(self.metadata),
            Some(_) => Err(ExtractError::new(format!(
                "handler `{}` takes several events: take what is about one of them from its envelope",
                self.handler
            ))),
        }
    }

    /// What is known about this occurrence of the event; of several, about the first.
    #[must_use]
    #[inline]
    pub fn metadata(&self) -> &'a EventMetadata {
        self.metadata
    }

    /// The value of that type given to `.state(…)`.
    ///
    /// # Errors
    /// If none was given. A registered handler that needs one is refused at start already.
    pub fn state<T: Shareable>(&self) -> Result<&'a T, ExtractError> {
        self.state.get::<T>().ok_or_else(|| {
            ExtractError::new(format!(
                "no state of type `{0}`: add `.state(…)` with a `{0}`",
                std::any::type_name::<T>()
            ))
        })
    }

    /// The name of the handler that is called.
    #[must_use]
    pub fn handler(&self) -> &'a HandlerName {
        self.handler
    }

    /// Which attempt this is.
    #[must_use]
    pub fn attempt(&self) -> Attempt {
        self.attempt
    }

    /// The dispatcher that lends itself for the call, as [`Any`].
    pub(crate) fn host(&self) -> Option<&'a (dyn Any + Send + Sync)> {
        self.surroundings.host
    }

    /// The connection of the transaction around the call; at most once.
    pub(crate) fn take_connection(&self) -> Result<&'a mut (dyn Any + Send + 'static), ExtractError> {
        let lender = self.surroundings.transaction;
        let lender = lender.ok_or_else(|| ExtractError::new("only a durable handler is called in a transaction"))?;
        lender.lend().ok_or_else(|| ExtractError::new("the transaction was taken already: take one `Tx` only"))
    }

    #[cold]
    fn other_event<E: DomainEvent>(&self) -> ExtractError {
        ExtractError::new(format!(
            "handler `{}` takes `{}` and was called with `{}`",
            self.handler,
            E::DESCRIPTOR.name(),
            self.event.descriptor().name()
        ))
    }
}
