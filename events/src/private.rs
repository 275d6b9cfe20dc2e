//! What generated code names. Not part of the public interface.

pub use crate::catalog::{RegisteredAggregate, RegisteredEvent, RegisteredHandler};
pub use crate::event::{
    DecodeError, DecodeReason, DomainEvent, ErasedEvent, EventDescriptor, EventSpec, EventType, FieldDescriptor,
    FieldRole, RecordedEvent, SourceLocation,
};
pub use crate::handler::{
    AsyncEventHandler, BoxFuture, Call, Classified, EventContext, EventHandler, EventSelector, FromContext,
    HandlerItem, HandlerRegistration, HandlerResult, HandlerSpec, IntoHandlerResult, Requirement, ViaClassify, ViaInto,
};
pub use crate::id::{AggregateId, EventId, SchemaVersion};
pub use crate::sourcing::{Aggregate, AggregateDescriptor, AggregateEvent, AggregateSpec, IntoEvents};
pub use crate::submit;
pub use chrono::{DateTime, Utc};
#[cfg(feature = "inventory")]
pub use inventory;

use crate::handler::HandlerError;

/// Registers a value at link time.
#[cfg(feature = "inventory")]
#[macro_export]
#[doc(hidden)]
macro_rules! submit {
    ($($value:tt)*) => {
        $crate::__private::inventory::submit! { $($value)* }
    };
}

/// Without link-time registration the explicit lists are the way.
#[cfg(not(feature = "inventory"))]
#[macro_export]
#[doc(hidden)]
macro_rules! submit {
    ($($value:tt)*) => {};
}

/// Makes an argument of a handler.
///
/// # Errors
/// What the extractor answers, as a permanent failure.
pub fn extract<'c, T: FromContext<'c>>(context: &'c EventContext<'_>) -> Result<T, HandlerError> {
    T::from_context(context).map_err(HandlerError::permanent)
}

/// The event of a call.
///
/// # Errors
/// If the call is about another event.
pub fn event<'c, E: DomainEvent>(context: &'c EventContext<'_>) -> Result<&'c E, HandlerError> {
    context.event::<E>().map_err(HandlerError::permanent)
}

/// The event of a call, with its metadata.
///
/// # Errors
/// If the call is about another event.
pub fn envelope<'c, E: DomainEvent>(
    context: &'c EventContext<'_>,
) -> Result<crate::event::Envelope<'c, E>, HandlerError> {
    context.envelope::<E>().map_err(HandlerError::permanent)
}

/// The recorded event of a call.
///
/// # Errors
/// On a bus without a store.
pub fn recorded<'c>(context: &'c EventContext<'_>) -> Result<&'c RecordedEvent, HandlerError> {
    context.recorded().map_err(HandlerError::permanent)
}

/// The requirement of a handler that takes `&RecordedEvent`.
#[must_use]
pub fn requires_dispatcher() -> Requirement {
    Requirement::Dispatcher
}

/// The requirement of a handler that is a method: its value.
#[must_use]
pub fn requires_state<T: 'static>() -> Requirement {
    Requirement::state::<T>()
}

/// Reads JSON into the event type.
///
/// # Errors
/// If the data doesn't fit.
pub fn decode_current<E: DomainEvent>(version: SchemaVersion, data: &str) -> Result<E, DecodeError> {
    crate::event::decode_json(E::DESCRIPTOR.name(), version, data)
}

/// The error of an event that is newer than its type.
#[must_use]
pub fn newer<E: DomainEvent>(version: SchemaVersion) -> DecodeError {
    let reason = DecodeReason::NewerVersion { known: E::DESCRIPTOR.version() };
    DecodeError::new(E::DESCRIPTOR.event_name(), version, reason)
}

/// The error of an event whose version is older than the oldest known.
#[must_use]
pub fn unknown_version<E: DomainEvent>(version: SchemaVersion) -> DecodeError {
    DecodeError::new(E::DESCRIPTOR.event_name(), version, DecodeReason::UnknownVersion)
}

/// The error of an event that an aggregate has no `#[when]` method for.
#[must_use]
pub fn no_when<A: Aggregate>(recorded: &RecordedEvent) -> DecodeError {
    let reason = DecodeReason::NoWhen { aggregate: A::DESCRIPTOR.name() };
    DecodeError::new(recorded.name(), recorded.schema_version(), reason).at(Some(recorded.position()))
}

/// Compares two names at compile time.
#[must_use]
pub const fn same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let (mut left, mut right) = (left, right);
    while let ([a, left_rest @ ..], [b, right_rest @ ..]) = (left, right) {
        if *a != *b {
            return false;
        }
        (left, right) = (left_rest, right_rest);
    }
    true
}

/// Compares the names of an event's aggregate and of an aggregate at compile time.
#[must_use]
pub const fn belongs_to(event: &EventDescriptor, aggregate: &str) -> bool {
    match event.aggregate() {
        Some(name) => same(name, aggregate),
        None => false,
    }
}

/// Puts lists of handlers together, for `handlers!`.
#[must_use]
pub fn concat(lists: &[&[&'static HandlerRegistration]]) -> Vec<&'static HandlerRegistration> {
    lists.concat()
}
