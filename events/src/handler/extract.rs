//! Arguments of handlers, made from what surrounds the call.

use std::any::TypeId;
use std::fmt;

use super::EventContext;
use crate::event::{EventMetadata, Shareable};
use crate::id::{EventId, HandlerName};

/// A type that a handler can take as an argument after the event.
///
/// A struct whose fields are extractors derives it: `#[derive(FromContext)]`
/// ([the macro](macro@crate::FromContext)). By hand, it is made from the [`EventContext`]:
///
/// ```
/// use events::prelude::*;
/// use events::{EventContext, ExtractError, FromContext};
/// use serde::{Deserialize, Serialize};
///
/// /// The language of the person who acts, from a header.
/// struct Language<'c>(&'c str);
///
/// impl<'c> FromContext<'c> for Language<'c> {
///     fn from_context(context: &'c EventContext<'_>) -> Result<Self, ExtractError> {
///         Ok(Self(context.metadata().headers().get("language").map_or("en", String::as_str)))
///     }
/// }
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(no_stream)]
/// struct Ping;
///
/// #[event_handler]
/// fn greet(_: &Ping, Language(language): Language<'_>) {
///     assert_eq!(language, "en");
/// }
/// # let bus = EventBus::builder().handlers(HandlerRegistry::only(handlers![greet])).build().unwrap();
/// # bus.publish(&Ping).into_result().unwrap();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be an argument of an event handler",
    label = "not an extractor",
    note = "the event comes first; after it a handler may take `&EventMetadata`, `State<&T>`, `&EventDispatcher`, `Attempt`, `IdempotencyKey`, or a type of yours: `#[derive(FromContext)]` on a struct of these, or `impl FromContext`"
)]
pub trait FromContext<'c>: Sized {
    /// Makes the argument.
    ///
    /// # Errors
    /// If what it is made from isn't there; the call has then failed for good.
    fn from_context(context: &'c EventContext<'_>) -> Result<Self, ExtractError>;

    /// What has to be there, so that a missing part is found at start and not at the first event.
    #[must_use]
    fn requires() -> Requirement {
        Requirement::Nothing
    }
}

/// What an extractor needs to be there.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use events::handler::Requirement;
/// use events::{EventContext, ExtractError, FromContext};
///
/// struct Sender<'c>(&'c str);
///
/// impl<'c> FromContext<'c> for Sender<'c> {
///     fn from_context(context: &'c EventContext<'_>) -> Result<Self, ExtractError> {
///         context.state::<String>().map(|sender| Self(sender))
///     }
///
///     /// A missing sender is found at start.
///     fn requires() -> Requirement {
///         Requirement::state::<String>()
///     }
/// }
///
/// #[event_handler]
/// fn mail(_: &Ping, Sender(sender): Sender<'_>) {
///     assert_eq!(sender, "noreply@example.com");
/// }
///
/// let bus = || EventBus::builder().handlers(HandlerRegistry::only(handlers![mail]));
/// assert!(bus().build().is_err());
/// let bus = bus().state(String::from("noreply@example.com")).build().unwrap();
/// assert_eq!(bus.publish(&Ping).handled(), 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Requirement {
    /// Nothing that could be missing.
    Nothing,
    /// A value given to `.state(…)`.
    State {
        /// Its type.
        type_id: TypeId,
        /// The name of its type.
        type_name: &'static str,
    },
    /// An [`EventDispatcher`](crate::EventDispatcher); a bus alone isn't enough.
    Dispatcher,
    /// The transaction that moves the handler's checkpoint; only one argument can take it.
    Transaction,
    /// A call about one event: it makes no sense for a handler of several.
    SingleEvent,
    /// What several extractors need, as those of the fields of a struct with `#[derive(FromContext)]`.
    All(&'static [fn() -> Requirement]),
}

impl Requirement {
    /// The requirements that it stands for, none of which is [`All`](Self::All) itself.
    pub(crate) fn each(self, each: &mut impl FnMut(Self)) {
        match self {
            Self::All(all) => all.iter().for_each(|requires| requires().each(each)),
            single => each(single),
        }
    }

    /// A value of that type, given to `.state(…)`.
    #[must_use]
    pub fn state<T: 'static>() -> Self {
        Self::State { type_id: TypeId::of::<T>(), type_name: std::any::type_name::<T>() }
    }
}

/// An argument that couldn't be made.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use events::{EventContext, ExtractError, FromContext};
///
/// struct Signed;
///
/// impl<'c> FromContext<'c> for Signed {
///     fn from_context(context: &'c EventContext<'_>) -> Result<Self, ExtractError> {
///         let signed = context.metadata().headers().contains_key("signature");
///         signed.then_some(Self).ok_or_else(|| ExtractError::new("no signature: publish with the header `signature`"))
///     }
/// }
///
/// #[event_handler]
/// fn accept(_: &Ping, _: Signed) {}
///
/// let bus = EventBus::builder().handlers(HandlerRegistry::only(handlers![accept])).build().unwrap();
/// assert_eq!(bus.publish(&Ping).failures()[0].class(), Class::Permanent);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ExtractError(String);

impl ExtractError {
    /// Says what is missing and what to do.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// A value given to `.state(…)`, by its type.
///
/// `State<&Arc<dyn Mail>>` is the way to swap in a fake: give `.state(Arc::new(Fake) as Arc<dyn Mail>)`.
///
/// ```
/// use events::prelude::*;
/// use serde::{Deserialize, Serialize};
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(no_stream)]
/// struct Ping;
///
/// #[event_handler]
/// fn count(_: &Ping, State(seen): State<&AtomicU32>) {
///     seen.fetch_add(1, Ordering::Relaxed);
/// }
/// # let bus = EventBus::builder().handlers(HandlerRegistry::only(handlers![count])).state(AtomicU32::new(0)).build().unwrap();
/// # bus.publish(&Ping).into_result().unwrap();
/// ```
#[derive(Debug, Clone, Copy)]
pub struct State<T>(pub T);

impl<'c, T: Shareable> FromContext<'c> for State<&'c T> {
    fn from_context(context: &'c EventContext<'_>) -> Result<Self, ExtractError> {
        context.state::<T>().map(State)
    }

    fn requires() -> Requirement {
        Requirement::state::<T>()
    }
}

impl<'c> FromContext<'c> for &'c EventMetadata {
    fn from_context(context: &'c EventContext<'_>) -> Result<Self, ExtractError> {
        context.single()
    }

    fn requires() -> Requirement {
        Requirement::SingleEvent
    }
}

/// Which attempt at this event the call is, from 1: one more than have failed, redrives included. A
/// call that only asked to be called later is none, and neither is a batch that has failed: its events
/// are then handled one by one, and these calls count.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// #[event_handler]
/// fn notify(_: &Ping, attempt: Attempt) -> Result<(), &'static str> {
///     if attempt.is_first() { Err("the first provider is busy") } else { Ok(()) }
/// }
///
/// let bus = EventBus::builder().handlers(HandlerRegistry::only(handlers![notify])).build().unwrap();
/// assert_eq!(bus.publish(&Ping).failures().len(), 1);
/// assert!(!Attempt::new(2).is_first());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attempt(u32);

impl Attempt {
    /// The first call.
    pub const FIRST: Self = Self(1);

    /// The attempt of that number, from 1.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number, from 1.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Whether no call of the handler with this event has failed before.
    #[must_use]
    pub const fn is_first(self) -> bool {
        self.0 == 1
    }
}

impl<'c> FromContext<'c> for Attempt {
    fn from_context(context: &'c EventContext<'_>) -> Result<Self, ExtractError> {
        Ok(context.attempt())
    }
}

/// The same for every attempt at one event by one handler: hand it to a service that refuses to
/// do the same thing twice. Written `handler:event id`.
///
/// ```
/// use events::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[event(no_stream)]
/// struct Ping;
///
/// #[event_handler]
/// fn charge(_: &Ping, key: IdempotencyKey) {
///     assert!(key.to_string().starts_with("charge:"));
/// }
/// # let bus = EventBus::builder().handlers(HandlerRegistry::only(handlers![charge])).build().unwrap();
/// # bus.publish(&Ping).into_result().unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    handler: HandlerName,
    event_id: EventId,
}

impl IdempotencyKey {
    /// The key of one event in a handler of several, which can't take it as an argument.
    #[must_use]
    pub fn new(handler: impl Into<HandlerName>, event_id: EventId) -> Self {
        Self { handler: handler.into(), event_id }
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.handler, self.event_id)
    }
}

impl<'c> FromContext<'c> for IdempotencyKey {
    fn from_context(context: &'c EventContext<'_>) -> Result<Self, ExtractError> {
        Ok(Self { handler: context.handler().clone(), event_id: context.single()?.event_id() })
    }

    fn requires() -> Requirement {
        Requirement::SingleEvent
    }
}
