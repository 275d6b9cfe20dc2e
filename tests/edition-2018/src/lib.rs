//! Generated code in an older edition: other preludes, other closures, other format strings.

#![deny(warnings, rust_2018_idioms)]

use events::{aggregate, event_handler, DomainEvent, Envelope, EventMetadata, EventShape, FromContext, Outcome, State};
use serde::{Deserialize, Serialize};

/// A lamp was switched.
#[derive(Debug, Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "lamp", version = 2, previous = SwitchedV1)]
pub struct Switched {
    /// Which lamp.
    #[event(id)]
    pub lamp: u64,
    /// Whether it is on, as a keyword of later editions.
    pub gen: bool,
    /// How it was switched.
    pub by: By,
}

/// How a lamp is switched.
#[derive(Debug, Serialize, Deserialize, EventShape)]
pub enum By {
    /// By a hand, with a keyword of later editions as its name.
    Hand {
        /// Which one.
        gen: u8,
    },
    /// By itself.
    Itself(Vec<By>),
}

/// What switching once was.
#[derive(Debug, Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "lamp", name = "switched")]
pub struct SwitchedV1 {
    /// Which lamp.
    #[event(id)]
    pub lamp: u64,
}

impl From<SwitchedV1> for Switched {
    fn from(old: SwitchedV1) -> Self {
        Self { lamp: old.lamp, gen: true, by: By::Hand { gen: 1 } }
    }
}

/// A lamp.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Lamp {
    on: bool,
}

#[aggregate(name = "lamp")]
impl Lamp {
    #[when]
    fn switched(&mut self, event: &Switched) {
        self.on = event.gen;
    }

    /// Whether it is on.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.on
    }
}

/// A handler, with a keyword of later editions as its name.
///
/// # Errors
/// When a lamp goes out.
#[event_handler]
pub fn gen(event: &Switched, _: &EventMetadata) -> Result<(), String> {
    if event.gen {
        Ok(())
    } else {
        Err("it is dark".to_owned())
    }
}

/// A handler that waits.
#[event_handler(timeout = "1s")]
pub async fn wait<'a>(event: &'a Switched, State(least): State<&'a u64>) -> Outcome {
    std::future::ready(()).await;
    if event.lamp < *least {
        Outcome::Ignored
    } else {
        Outcome::Done
    }
}

/// What a handler takes.
#[derive(Debug, FromContext)]
pub struct Call<'c> {
    /// As a keyword of later editions.
    pub gen: State<&'c u64>,
}

/// A handler with it.
#[event_handler]
pub fn call(event: &Switched, call: Call<'_>) -> Outcome {
    if event.lamp < *call.gen.0 {
        Outcome::Ignored
    } else {
        Outcome::Done
    }
}

/// A value with handlers.
#[derive(Debug)]
pub struct House;

#[event_handler]
impl House {
    fn switched(&self, _: Envelope<'_, Switched>) {}

    async fn later(&self, _: &Switched) {}
}

#[cfg(test)]
mod tests {
    use events::{handlers, Aggregate, AggregateRoot, AsyncEventBus, HandlerRegistry};

    use super::*;

    #[tokio::test]
    async fn handlers_and_aggregates_work() {
        let registry = HandlerRegistry::only(handlers![gen, wait, call, House]);
        let bus = AsyncEventBus::builder().handlers(registry).state(House).state(5_u64).build().unwrap();
        assert_eq!(bus.publish(Switched { lamp: 7, gen: true, by: By::Itself(Vec::new()) }).await.handled(), 5);
        let mut lamp = AggregateRoot::<Lamp>::new(7);
        lamp.apply(Switched { lamp: 7, gen: true, by: By::Hand { gen: 2 } });
        assert!(lamp.is_on());
        let shape = Switched::DESCRIPTOR.shape().to_string();
        assert!(shape.contains("by=Hand.gen: u8\nby=Itself: list\nby=Itself[]: like by\n"), "{}", shape);
        assert_eq!(Lamp::DESCRIPTOR.events().len(), 1);
        assert!(Switched::decode(events::SchemaVersion::new(1), r#"{"lamp":7}"#).unwrap().gen);
    }
}
