//! Generated code means what it means, whatever is in scope around it.

#![no_implicit_prelude]
#![deny(warnings, missing_docs, unused, future_incompatible, nonstandard_style, rust_2018_idioms, let_underscore)]
#![deny(
    unreachable_pub,
    missing_debug_implementations,
    unused_qualifications,
    unused_results,
    variant_size_differences
)]
#![deny(unused_lifetimes, single_use_lifetimes, redundant_lifetimes, trivial_casts, trivial_numeric_casts)]
#![forbid(unsafe_code)]

use ::serde::{Deserialize, Serialize};
use ::std::prelude::v1::derive;
use ::std::{clone::Clone, convert::From as _, fmt::Debug, marker::Copy};

/// Names that generated code must not fall for.
#[allow(dead_code, non_camel_case_types, reason = "they are only in the way")]
mod shadows {
    pub(crate) struct Result;
    pub(crate) struct Option;
    pub(crate) struct String;
    pub(crate) struct Box;
    pub(crate) struct Vec;
    pub(crate) struct Arc;
    pub(crate) struct Some;
    pub(crate) struct None;
    pub(crate) struct Ok;
    pub(crate) struct Err;
    pub(crate) trait Default {}
    pub(crate) trait Send {}
    pub(crate) trait From {}
    pub(crate) trait DomainEvent {}
    pub(crate) mod core {}
    pub(crate) mod std {}
    pub(crate) mod events {}
    pub(crate) mod serde {}
}
#[allow(unused_imports, reason = "they are only in the way")]
use shadows::*;

/// An event of a lamp.
#[derive(Debug, Serialize, Deserialize, ::events::DomainEvent)]
#[event(aggregate = "lamp")]
pub struct Switched {
    /// Which lamp.
    #[event(id)]
    pub lamp: u64,
    /// Whether it is on.
    pub r#type: ::std::primitive::bool,
}

/// An old event of a lamp.
#[derive(Debug, Serialize, Deserialize, ::events::DomainEvent)]
#[event(aggregate = "lamp", name = "dimmed")]
pub struct DimmedV1 {
    /// Which lamp.
    #[event(id)]
    pub lamp: u64,
}

/// An event of a lamp that has a history.
#[derive(Debug, Serialize, Deserialize, ::events::DomainEvent)]
#[event(aggregate = "lamp", version = 2, previous = DimmedV1)]
pub struct Dimmed {
    /// Which lamp.
    #[event(id)]
    pub lamp: u64,
    /// How much.
    pub to: ::std::primitive::u8,
}

impl ::std::convert::From<DimmedV1> for Dimmed {
    fn from(old: DimmedV1) -> Self {
        Self { lamp: old.lamp, to: 50 }
    }
}

/// An event of nobody.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ::events::DomainEvent)]
#[event(no_stream, kind = "system")]
pub struct Tick;

/// A lamp.
#[derive(Debug, ::std::default::Default, Serialize, Deserialize)]
pub struct Lamp {
    on: ::std::primitive::bool,
}

#[::events::aggregate(name = "lamp", snapshot_every = 10, fold_version = 2)]
impl Lamp {
    /// A method with the name of a trait's.
    #[when]
    pub fn when(&mut self, event: &Switched) {
        self.on = event.r#type;
    }

    #[when]
    fn dimmed(&mut self, _: &Dimmed) {}
}

/// A sync handler.
#[::events::event_handler(priority = -1)]
pub fn tick(_: &Tick) {}

/// A handler with a keyword's name.
#[::events::event_handler]
pub(crate) fn r#match(_: &Tick, _: &::events::EventMetadata) -> ::std::result::Result<(), ::std::io::Error> {
    ::std::result::Result::Ok(())
}

/// A handler by the name of a word that generated code may use.
#[::events::event_handler(timeout = "1s")]
pub async fn context(_: &Tick) -> ::events::Outcome {
    ::events::Outcome::Done
}

/// A handler by another.
#[::events::event_handler(all)]
pub fn event<'a>(_: &'a ::events::RecordedEvent, _: ::events::State<&'a u64>) {}

/// A value with handlers.
#[derive(Debug)]
pub struct Watch;

#[::events::event_handler(name = "wrist_watch")]
impl Watch {
    fn tick(&self, _: &Tick) {}

    /// Waits.
    #[event_handler(name = "tock", priority = 3, timeout = "1m")]
    pub async fn tock(&self, _: ::events::Envelope<'_, Tick>, _: ::events::State<&Self>) {}

    #[::events::event_handler(skip)]
    fn ticks(&self) -> u64 {
        Self::none()
    }

    fn none() -> u64 {
        0
    }
}

fn main() {
    ::std::assert_eq!(Watch.ticks(), 0);
    let list = ::events::handlers![tick, r#match, context, event, Watch];
    ::std::assert_eq!(list.len(), 6);
    ::std::assert_eq!(::std::format!("{:?}", LampEvent::from(Switched { lamp: 1, r#type: true })), "switched");
}
