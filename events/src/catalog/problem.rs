//! What can be wrong at start.

use std::fmt;

use crate::error::{Error, ErrorKind};
use crate::event::SourceLocation;

/// Everything that was wrong at start.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
///
/// #[event_handler]
/// fn mail(_: &Ping, State(_): State<&String>) {}
///
/// #[event_handler]
/// fn store(_: &Ping, _: &EventDispatcher) {}
///
/// let bus = EventBus::builder().handlers(HandlerRegistry::only(handlers![mail, store])).build();
/// let error = bus.unwrap_err();
/// assert_eq!(error.problems().len(), 2, "all at once: {error}");
/// ```
#[derive(Debug, Clone)]
pub struct StartError {
    pub(super) problems: Vec<Problem>,
}

impl StartError {
    /// The mistakes, each on its own.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl From<Problem> for StartError {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.as_slice() {
            [problem] => write!(f, "can't start: {problem}"),
            problems => {
                write!(f, "can't start, for {} reasons:", problems.len())?;
                problems.iter().enumerate().try_for_each(|(index, problem)| write!(f, "\n  {}. {problem}", index + 1))
            }
        }
    }
}

impl std::error::Error for StartError {}

impl From<StartError> for Error {
    fn from(error: StartError) -> Self {
        Self::new(ErrorKind::Invalid, "the handlers can't be started").with_source(error)
    }
}

/// One mistake that can be seen at start.
///
/// ```
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use events::Problem;
///
/// #[event_handler]
/// fn mail(_: &Ping, State(_): State<&String>) {}
///
/// let error = EventBus::builder().handlers(HandlerRegistry::only(handlers![mail])).build().unwrap_err();
/// assert!(matches!(error.problems(), [Problem::MissingState { handler: "mail", .. }]));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// There is no tokio runtime for the background work.
    #[error(
        "there is no tokio runtime to work on: call `.start()` in `#[tokio::main]`, or `.build()` for no background work"
    )]
    NoRuntime,
    /// The store couldn't make the durable handlers known.
    #[error("the durable handlers can't be started: {reason}")]
    DurableHandlers {
        /// What the store says.
        reason: String,
    },
    /// A handler takes a state that nobody gave.
    #[error("handler `{handler}` takes a `{type_name}`: add `.state(…)` with one ({location})")]
    MissingState {
        /// The handler.
        handler: &'static str,
        /// The type of the state.
        type_name: &'static str,
        /// Where the handler is declared.
        location: SourceLocation,
    },
    /// Two values of one type were given to `.state(…)`.
    #[error("`.state(…)` was given two values of type `{type_name}`: wrap one of them in a type of its own")]
    DuplicateState {
        /// The type of the states.
        type_name: &'static str,
    },
    /// Two handlers have one name, which is their identity in the store.
    #[error("two handlers are named `{name}`: give one of them `name = \"…\"` ({first}; {second})")]
    DuplicateHandler {
        /// The name.
        name: &'static str,
        /// Where the one is declared.
        first: SourceLocation,
        /// Where the other is declared.
        second: SourceLocation,
    },
    /// Two event types have one name, and neither is the other's `previous`.
    #[error(
        "two events are named `{name}`: rename one, or name the older one as `previous = …` of the newer ({first}; {second})"
    )]
    DuplicateEvent {
        /// The name.
        name: &'static str,
        /// Where the one is declared.
        first: SourceLocation,
        /// Where the other is declared.
        second: SourceLocation,
    },
    /// Two aggregates have one name, and would share their streams.
    #[error("two aggregates are named `{name}`: give one of them another `name = \"…\"` ({first}; {second})")]
    DuplicateAggregate {
        /// The name.
        name: &'static str,
        /// Where the one is declared.
        first: SourceLocation,
        /// Where the other is declared.
        second: SourceLocation,
    },
    /// A handler takes a version of an event that a newer one has replaced.
    #[error(
        "handler `{handler}` takes `{event}` version {version}, which a newer version replaces: take that one ({location})"
    )]
    OldVersion {
        /// The handler.
        handler: &'static str,
        /// The event.
        event: &'static str,
        /// The old version.
        version: u32,
        /// Where the handler is declared.
        location: SourceLocation,
    },
    /// A handler needs a dispatcher and is on a bus alone.
    #[error("handler `{handler}` needs an `EventDispatcher`; a bus alone has no store and no dispatcher ({location})")]
    NeedsDispatcher {
        /// The handler.
        handler: &'static str,
        /// Where it is declared.
        location: SourceLocation,
    },
    /// A durable handler is on a bus, which keeps nothing to deliver from.
    #[error(
        "handler `{handler}` is durable and needs an `EventDispatcher` with a store: a bus alone delivers from nothing ({location})"
    )]
    DurableOnBus {
        /// The handler.
        handler: &'static str,
        /// Where it is declared.
        location: SourceLocation,
    },
    /// A handler takes the transaction and isn't durable.
    #[error(
        "handler `{handler}` takes `Tx` and isn't durable: add `durable(from = \"start\")` or `durable(from = \"now\")` ({location})"
    )]
    NeedsDurable {
        /// The handler.
        handler: &'static str,
        /// Where it is declared.
        location: SourceLocation,
    },
    /// A handler of several events takes an argument that is about one.
    #[error(
        "handler `{handler}` takes several events, and an argument that is about one: take that from each envelope, as `event.metadata()` ({location})"
    )]
    NeedsSingleEvent {
        /// The handler.
        handler: &'static str,
        /// Where it is declared.
        location: SourceLocation,
    },
    /// A durable handler would take over what the store keeps of another one.
    #[error(
        "handler `{handler}` was renamed from `{former}`, which is the name of another handler: leave `renamed_from` out, or remove the other ({location})"
    )]
    FormerNameInUse {
        /// The handler.
        handler: &'static str,
        /// The name that it had before.
        former: &'static str,
        /// Where it is declared.
        location: SourceLocation,
    },
    /// Two durable handlers would take over what the store keeps of one.
    #[error("two handlers were renamed from `{former}`: only one of them can go on where it was ({first}; {second})")]
    DuplicateFormerName {
        /// The name that both had before.
        former: &'static str,
        /// Where the one is declared.
        first: SourceLocation,
        /// Where the other is declared.
        second: SourceLocation,
    },
    /// A handler takes the transaction twice.
    #[error("handler `{handler}` takes `Tx` more than once, and there is one transaction: take it once ({location})")]
    TwoTransactions {
        /// The handler.
        handler: &'static str,
        /// Where it is declared.
        location: SourceLocation,
    },
    /// An async handler is on a bus that calls sync handlers only.
    #[error(
        "handler `{handler}` is async and an `EventBus` can't call it: use an `AsyncEventBus`, or leave it out by `.sync_only()` ({location})"
    )]
    AsyncHandler {
        /// The handler.
        handler: &'static str,
        /// Where it is declared.
        location: SourceLocation,
    },
}
