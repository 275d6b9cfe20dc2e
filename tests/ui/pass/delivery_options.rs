//! The options of durable handlers mean what they mean, wherever they are written.

#![no_implicit_prelude]
#![deny(warnings, missing_docs, unused, future_incompatible, nonstandard_style, rust_2018_idioms)]
#![deny(unreachable_pub, unused_qualifications, unused_results, trivial_casts, trivial_numeric_casts)]
#![forbid(unsafe_code)]

use ::serde::{Deserialize, Serialize};
use ::std::prelude::v1::derive;

/// Names that generated code must not fall for.
#[allow(dead_code, non_camel_case_types, non_upper_case_globals, reason = "they are only in the way")]
mod shadows {
    pub(crate) struct Option;
    pub(crate) struct Some;
    pub(crate) struct None;
    pub(crate) struct Duration;
    pub(crate) struct String;
    pub(crate) struct RetryPolicy;
    pub(crate) struct DurableSpec;
    pub(crate) trait Display {}
    pub(crate) trait ToString {}
    pub(crate) const event: () = ();
    pub(crate) mod core {}
    pub(crate) mod events {}
}
#[allow(unused_imports, reason = "they are only in the way")]
use shadows::*;

/// An event with fields of a few sorts.
#[derive(Serialize, Deserialize, ::events::DomainEvent)]
#[event(no_stream)]
pub struct Paid {
    customer: u64,
    r#type: ::std::string::String,
}

/// Another one with a customer.
#[derive(Serialize, Deserialize, ::events::DomainEvent)]
#[event(no_stream)]
pub struct Sent {
    customer: ::std::string::String,
}

/// All that can be said.
#[::events::event_handler(
    durable(
        from = "start",
        order = key(r#type),
        on_exhausted = "halt",
        partitions = 4,
        concurrency = 1,
        renamed_from = "everything",
    ),
    retry(attempts = 3, initial_delay = "0s", max_delay = "2h", factor = 3, jitter = 1.0),
    timeout = "5s",
)]
pub async fn all_of_it(_: &Paid) {}

/// Of two events, with fields of two types.
#[::events::event_handler(events(Paid, Sent), durable(from = "now", order = key(customer)))]
pub fn of_two(_: &::events::RecordedEvent) {}

/// A handler that nobody has options for.
#[::events::event_handler(all, durable(from = "now", order = "none"), retry(attempts = 1))]
pub fn of_all(_: &::events::RecordedEvent) {}

/// Several events at once.
#[::events::event_handler(durable(from = "start", batch = 500))]
pub async fn of_many(_: &[::events::Envelope<'_, Paid>], _: ::events::Attempt) {}

/// A new version.
#[::events::event_handler(durable(from = "start", version = 2))]
pub async fn of_version_two(_: &Paid, _: ::events::Replay) {}

/// Several of two sorts.
#[::events::event_handler(events(Paid, Sent), durable(from = "now", order = key(customer)))]
pub fn of_many_sorts<'a>(_: &'a [&'a ::events::RecordedEvent]) {}

/// A connection.
#[derive(::std::fmt::Debug)]
pub struct Connection;

/// A type of the same name as the framework's, which isn't lent anything.
#[derive(::std::fmt::Debug)]
pub struct Tx<'c>(
    /// What is known about the event.
    pub &'c ::events::EventMetadata,
);

impl<'c> ::events::FromContext<'c> for Tx<'c> {
    fn from_context(
        context: &'c ::events::EventContext<'_>,
    ) -> ::std::result::Result<Self, ::events::ExtractError> {
        ::std::result::Result::Ok(Self(context.metadata()))
    }
}

/// Inline, with the other type.
#[::events::event_handler]
pub fn taxed(_: &Sent, Tx(_): Tx<'_>) {}

/// Durable, with the connection.
#[::events::event_handler(durable(from = "start"))]
pub fn exactly_once(_: &Sent, _: ::events::Tx<&mut Connection>) {}

macro_rules! handler {
    ($name:ident, $event:ident, $field:ident, $from:literal, $attempts:literal) => {
        /// Made by a macro.
        #[::events::event_handler(durable(from = $from, order = key($field)), retry(attempts = $attempts))]
        pub fn $name(_: &$event) {}
    };
    ($name:ident, $order:expr) => {
        /// Made by a macro, with an order that it is given.
        #[::events::event_handler(durable(from = "now", order = $order))]
        pub fn $name(_: &Sent) {}
    };
}
handler!(made, Paid, customer, "now", 5);
handler!(made_alike, key(customer));

/// A value with durable handlers.
#[derive(::std::fmt::Debug)]
pub struct Customers;

#[::events::event_handler(durable(from = "start", order = key(customer)), retry(max_delay = "1h"))]
impl Customers {
    fn paid(&self, _: &Paid) {}

    #[event_handler(durable(from = "now"))]
    fn sent(&self, _: &Sent) {}
}

#[::events::event_handler(durable(from = "start", order = key(customer)))]
impl ::events::EventHandler<Sent> for Customers2 {
    fn handle(
        &self,
        _: &Sent,
        _: &::events::EventMetadata,
    ) -> ::std::result::Result<(), ::events::HandlerError> {
        ::std::result::Result::Ok(())
    }
}

/// Another value.
#[derive(::std::fmt::Debug)]
pub struct Customers2;

fn main() {
    let list = ::events::handlers![
        all_of_it, of_two, of_all, of_many, of_many_sorts, of_version_two, taxed, exactly_once, made, made_alike, Customers, Customers2
    ];
    let (mut durable, mut retried) = (0, 0);
    for handler in list {
        if handler.durable().is_some() {
            durable += 1;
        }
        if handler.retry().is_some() {
            retried += 1;
        }
    }
    ::std::assert_eq!((durable, retried), (12, 5));
}
