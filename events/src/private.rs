//! What generated code names. Not part of the public interface.

pub use crate::catalog::{RegisteredAggregate, RegisteredEvent, RegisteredHandler, RegisteredLink};
pub use crate::event::shape::probe::{Probe, ViaName, ViaShape, ViaWrapper};
pub use crate::event::{
    DecodeError, DecodeReason, DomainEvent, ErasedEvent, EventData, EventDescriptor, EventShape, EventSpec, EventType,
    FieldDescriptor, FieldRole, RecordedEvent, Shape, Shapes, Shareable, SourceLocation, Storable,
};
pub use crate::handler::{
    AsyncEventHandler, BeginsAt, BoxFuture, Call, Classified, DurableSpec, EventContext, EventHandler, EventSelector,
    ExtractError, FromContext, HandlerItem, HandlerRegistration, HandlerResult, HandlerSpec, IntoHandlerResult,
    OnExhausted, Order, Requirement, RetryPolicy, ViaClassify, ViaInto,
};
pub use crate::id::{AggregateId, EventId, SchemaVersion};
pub use crate::sourcing::{Aggregate, AggregateDescriptor, AggregateEvent, AggregateSpec, IntoEvents};
pub use crate::{submit, submit_link};
pub use chrono::{DateTime, Utc};
#[cfg(feature = "inventory")]
pub use inventory;
pub use std::sync::Arc;
pub use std::vec::Vec;

use std::cmp::Ordering;
use std::fmt;
use std::future::Future;

use crate::handler::HandlerError;

/// What shapes are put together with.
pub mod shape {
    pub use crate::event::shape::code::{
        Field, Variant, choice, field, flat, newtype, nothing, object, opaque, tuple, unit, variant,
    };
}

/// Registers a value at link time.
#[cfg(feature = "inventory")]
#[macro_export]
#[doc(hidden)]
macro_rules! submit {
    ($($value:tt)*) => {
        $crate::__private::inventory::submit! { $($value)* }
    };
}

/// Registers that the program names a crate.
#[cfg(feature = "inventory")]
#[macro_export]
#[doc(hidden)]
macro_rules! submit_link {
    ($name:ident) => {
        $crate::__private::submit! {
            $crate::__private::RegisteredLink::new(
                ::core::stringify!($name),
                $crate::__private::SourceLocation::new(
                    ::core::module_path!(), "link!", ::core::file!(), ::core::line!(),
                ),
            )
        }
    };
}

/// Without link-time registration naming a crate would be in vain.
#[cfg(not(feature = "inventory"))]
#[macro_export]
#[doc(hidden)]
macro_rules! submit_link {
    ($name:ident) => {
        ::core::compile_error!(
            "`link!` needs the feature `inventory` of `events`: without it nothing registers itself, so name the handlers with `handlers![…]`"
        );
    };
}

/// Without link-time registration the explicit lists are the way.
#[cfg(not(feature = "inventory"))]
#[macro_export]
#[doc(hidden)]
macro_rules! submit {
    ($($value:tt)*) => {};
}

/// Out of the way of the calls that have all they need.
#[cold]
fn missing(error: ExtractError) -> HandlerError {
    HandlerError::permanent(error)
}

/// Makes an argument of a handler.
///
/// # Errors
/// What the extractor answers, as a permanent failure.
#[inline]
pub fn extract<'c, T: FromContext<'c>>(context: &'c EventContext<'_>) -> Result<T, HandlerError> {
    T::from_context(context).map_err(missing)
}

/// The event of a call.
///
/// # Errors
/// If the call is about another event.
#[inline]
pub fn event<'c, E: DomainEvent>(context: &'c EventContext<'_>) -> Result<&'c E, HandlerError> {
    context.event::<E>().map_err(missing)
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

/// The events of a call that is about several, with their metadata.
///
/// # Errors
/// If the call is about other events, or about one only.
pub fn batch<'c, E: DomainEvent>(
    context: &'c EventContext<'_>,
) -> Result<Vec<crate::event::Envelope<'c, E>>, HandlerError> {
    context.envelopes::<E>().map_err(HandlerError::permanent)
}

/// The recorded events of a call that is about several.
///
/// # Errors
/// If the call is about one only.
pub fn recorded_batch<'c>(context: &'c EventContext<'_>) -> Result<Vec<&'c RecordedEvent>, HandlerError> {
    context.all_recorded().map_err(HandlerError::permanent)
}

/// The value whose method is the handler.
///
/// # Errors
/// If no such value was given to `.state(…)`.
pub fn state<'c, T: Shareable>(context: &'c EventContext<'_>) -> Result<&'c T, HandlerError> {
    context.state::<T>().map_err(HandlerError::permanent)
}

/// Calls an implementation of [`EventHandler`].
///
/// # Errors
/// What the handler answers.
pub fn handle<E: DomainEvent, H: EventHandler<E>>(context: &EventContext<'_>) -> HandlerResult {
    let handler = state::<H>(context)?;
    handler.handle(event::<E>(context)?, context.metadata()).into_handler_result()
}

/// Calls an implementation of [`AsyncEventHandler`].
pub fn handle_async<'c, E: DomainEvent, H: AsyncEventHandler<E>>(
    context: &'c EventContext<'_>,
) -> BoxFuture<'c, HandlerResult> {
    boxed(async move {
        let handler = state::<H>(context)?;
        handler.handle(event::<E>(context)?, context.metadata()).await.into_handler_result()
    })
}

/// The future of an async handler.
pub fn boxed<'c, F: Future<Output = HandlerResult> + Send + 'c>(future: F) -> BoxFuture<'c, HandlerResult> {
    Box::pin(future)
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

/// The key of an event by which a durable handler keeps order; `None` for an event of another type.
pub fn key<E: DomainEvent>(event: &dyn ErasedEvent, read: fn(&E) -> String) -> Option<String> {
    event.as_any().downcast_ref::<E>().map(read)
}

/// The key as text.
#[must_use]
pub fn key_text(field: &(impl OrderKey + ?Sized)) -> String {
    field.key_text()
}

/// A type whose values `order = key(field)` can tell apart: by their text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the key of an order",
    label = "has no text",
    note = "`order = key(field)` takes a field whose type implements `Display`, such as an id, a number or a `String`"
)]
pub trait OrderKey {
    /// The key as text.
    fn key_text(&self) -> String;
}

#[diagnostic::do_not_recommend]
impl<T: fmt::Display + ?Sized> OrderKey for T {
    fn key_text(&self) -> String {
        self.to_string()
    }
}

/// A type that says when an event happened: a [`DateTime`] of any time zone, or an `Option` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't say when an event happened",
    label = "not a time",
    note = "`#[event(occurred_at)]` belongs on a field of type `DateTime<Utc>`, `DateTime<FixedOffset>`, or an `Option` of one"
)]
pub trait OccurredAt {
    /// The time in UTC.
    fn occurred_at(&self) -> Option<DateTime<Utc>>;
}

impl<Tz: chrono::TimeZone> OccurredAt for DateTime<Tz> {
    fn occurred_at(&self) -> Option<DateTime<Utc>> {
        Some(self.to_utc())
    }
}

impl<Tz: chrono::TimeZone> OccurredAt for Option<DateTime<Tz>> {
    fn occurred_at(&self) -> Option<DateTime<Utc>> {
        self.as_ref().map(DateTime::to_utc)
    }
}

/// An event that the version before it can become.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be made from its previous version `{P}`",
    label = "needs `From<{P}>`",
    note = "write `impl From<{P}> for {Self}`: it says how an old event is read as a new one"
)]
pub trait Supersedes<P>: Sized {
    /// The old event as a new one.
    fn upcast(previous: P) -> Self;
}

#[diagnostic::do_not_recommend]
impl<P, E: From<P>> Supersedes<P> for E {
    fn upcast(previous: P) -> Self {
        Self::from(previous)
    }
}

/// Reads an event that has no previous version.
///
/// # Errors
/// If it was written with another version, or the data doesn't fit.
pub fn decode<E: DomainEvent>(version: SchemaVersion, data: &str) -> Result<E, DecodeError> {
    match version.cmp(&E::DESCRIPTOR.version()) {
        Ordering::Equal => decode_current(version, data),
        Ordering::Less => Err(unknown_version::<E>(version)),
        Ordering::Greater => Err(newer::<E>(version)),
    }
}

/// Reads an event that has a previous version, whose descriptor and reader are given.
///
/// # Errors
/// If its version is newer than the type or unknown, or the data doesn't fit.
pub fn decode_from<E: DomainEvent + Supersedes<P>, P>(
    previous: &EventDescriptor,
    decode_previous: fn(SchemaVersion, &str) -> Result<P, DecodeError>,
    version: SchemaVersion,
    data: &str,
) -> Result<E, DecodeError> {
    if version >= E::DESCRIPTOR.version() {
        return decode(version, data);
    }
    if version > previous.version() {
        return Err(unknown_version::<E>(version));
    }
    decode_previous(version, data).map(E::upcast)
}

/// Reads an event, if it is one of the type whose descriptor and reader are given.
pub fn read<E>(
    data: &EventData<'_>,
    descriptor: &EventDescriptor,
    decode: fn(SchemaVersion, &str) -> Result<E, DecodeError>,
) -> Option<Result<E, DecodeError>> {
    if data.name != descriptor.name() {
        return None;
    }
    let event = decode(data.schema_version, data.payload);
    Some(event.map_err(|error| error.at(Some(data.position))))
}

/// Reads JSON into the event type.
///
/// # Errors
/// If the data doesn't fit.
fn decode_current<E: DomainEvent>(version: SchemaVersion, data: &str) -> Result<E, DecodeError> {
    crate::event::decode_json(E::DESCRIPTOR.name(), version, data)
}

/// The error of an event that is newer than its type.
#[must_use]
fn newer<E: DomainEvent>(version: SchemaVersion) -> DecodeError {
    let reason = DecodeReason::NewerVersion { known: E::DESCRIPTOR.version() };
    DecodeError::new(E::DESCRIPTOR.event_name(), version, reason)
}

/// The error of an event whose version is older than the oldest known.
#[must_use]
fn unknown_version<E: DomainEvent>(version: SchemaVersion) -> DecodeError {
    DecodeError::new(E::DESCRIPTOR.event_name(), version, DecodeReason::UnknownVersion)
}

/// The error of an event that an aggregate has no `#[when]` method for.
#[must_use]
pub fn no_when(data: &EventData<'_>, aggregate: &'static str) -> DecodeError {
    data.error(DecodeReason::NoWhen { aggregate })
}

/// A type that is the other one.
#[diagnostic::on_unimplemented(
    message = "this event is identified by `{Self}`, its aggregate by `{T}`",
    label = "not `{T}`",
    note = "all events of an aggregate are in its stream: they name it in `#[event(aggregate = \"…\")]`, and their `#[event(id)]` fields are of one type, the first event's or that of `#[aggregate(id = …)]`"
)]
pub trait SameId<T> {}

impl<T> SameId<T> for T {}

/// A list of one event.
#[must_use]
pub fn one<E>(event: E) -> Vec<E> {
    vec![event]
}

/// Shows which event it is, but nothing of its data.
///
/// # Errors
/// What the formatter answers.
pub fn debug_event(event: &impl AggregateEvent, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(event.as_event().descriptor().name())
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

/// Checks at compile time that an event names the aggregate, and identifies it as the others do.
#[must_use]
pub const fn belongs_to<Id: SameId<T>, T>(event: &EventDescriptor, aggregate: &str) -> bool {
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
