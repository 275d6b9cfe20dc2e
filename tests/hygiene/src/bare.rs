//! Nothing is in scope but what is imported here.

#![no_implicit_prelude]
#![deny(clippy::exhaustive_structs, missing_copy_implementations)]

use ::core::prelude::v1::{Clone, Copy, derive};
use ::serde::{Deserialize, Serialize};

/// A lamp was switched.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ::events::DomainEvent)]
#[event(aggregate = "bare.lamp", name = "bare.switched")]
#[expect(clippy::exhaustive_structs, reason = "others make it")]
pub struct Switched {
    /// Which lamp.
    #[event(id)]
    pub lamp: ::core::primitive::u64,
    /// Whether it is on.
    pub on: ::core::primitive::bool,
    /// When.
    #[event(occurred_at)]
    pub at: ::chrono::DateTime<::chrono::Utc>,
}

/// How a lamp was dimmed at first.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ::events::DomainEvent)]
#[event(aggregate = "bare.lamp", name = "bare.dimmed")]
#[expect(clippy::exhaustive_structs, reason = "others make it")]
pub struct DimmedV1 {
    /// Which lamp.
    #[event(id)]
    pub lamp: ::core::primitive::u64,
}

/// A lamp was dimmed.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ::events::DomainEvent)]
#[event(aggregate = "bare.lamp", name = "bare.dimmed", version = 2, previous = DimmedV1)]
#[expect(clippy::exhaustive_structs, reason = "others make it")]
pub struct Dimmed {
    /// Which lamp.
    #[event(id)]
    pub lamp: ::core::primitive::u64,
    /// By how much.
    pub by: ::core::primitive::u8,
}

impl ::core::convert::From<DimmedV1> for Dimmed {
    fn from(old: DimmedV1) -> Self {
        Self { lamp: old.lamp, by: 50 }
    }
}

/// A lamp.
#[derive(Debug, Clone, Copy, ::core::default::Default, Serialize, Deserialize)]
pub struct Lamp {
    light: ::core::primitive::u8,
}

#[::events::aggregate(name = "bare.lamp", snapshot_every = 10, fold_version = 2)]
impl Lamp {
    #[when]
    fn switched(&mut self, event: &Switched) {
        self.light = if event.on { 100 } else { 0 };
    }

    #[when]
    fn dimmed(&mut self, event: &Dimmed) {
        self.light = self.light.saturating_sub(event.by);
    }
}

/// Who calls, and how often.
#[derive(Debug, ::events::FromContext)]
#[expect(clippy::exhaustive_structs, reason = "others make it")]
pub struct Caller<'call> {
    /// What is known about the event.
    pub metadata: &'call ::events::EventMetadata,
    /// Which attempt it is.
    pub attempt: ::events::Attempt,
    /// Whether somebody looks.
    pub meter: ::events::State<&'call Meter>,
}

/// Looks who calls.
#[::events::event_handler(name = "bare.ask")]
pub fn ask(_: &Switched, Caller { metadata, attempt, .. }: Caller<'_>) {
    ::std::assert!(attempt.is_first(), "{:?} again", metadata.event_id());
}

/// Sees that a lamp was switched.
#[::events::event_handler(name = "bare.see")]
pub fn see(event: &Switched, metadata: &::events::EventMetadata) {
    ::std::assert!(event.on, "{} is dark", metadata.event_id());
}

/// Tells of a dimmed lamp.
///
/// # Errors
/// If nobody listens.
#[::events::event_handler(name = "bare.tell", timeout = "1s", priority = -1)]
pub async fn tell(_: &Dimmed, attempt: ::events::Attempt) -> ::core::result::Result<(), ::std::io::Error> {
    if attempt.is_first() {
        return ::core::result::Result::Err(::core::convert::From::from(::std::io::ErrorKind::NotConnected));
    }
    ::core::future::ready(::core::result::Result::Ok(())).await
}

/// Writes down all events.
#[::events::event_handler(name = "bare.audit", all)]
pub fn audit(_: &::events::RecordedEvent) -> ::events::Outcome {
    ::events::Outcome::Ignored
}

/// Counts.
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_structs, missing_copy_implementations, reason = "others make it, and it is shared")]
pub struct Meter;

#[::events::event_handler(name = "bare_meter")]
impl Meter {
    fn switched(&self, _: ::events::Envelope<'_, Switched>, _: ::events::State<&Self>) {}

    #[::events::event_handler(timeout = "1s")]
    async fn dimmed(&self, _: &::events::Envelope<'_, Dimmed>) {}
}
