//! Uses the framework under another name, to prove that generated code finds it.

use happenings::{EventMetadata, RecordedEvent, aggregate, event_handler};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A lamp was switched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, happenings::DomainEvent)]
#[event(aggregate = "lamp", crate = "happenings")]
pub struct Switched {
    /// Which lamp.
    #[event(id)]
    pub lamp: Uuid,
    /// Whether it is on now.
    pub on: bool,
    /// How it was switched.
    pub by: By,
}

/// How a lamp is switched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, happenings::EventShape)]
#[event_shape(crate = "happenings")]
pub enum By {
    /// By a hand.
    Hand,
    /// By a clock, at that hour.
    Clock(u8),
}

/// A lamp.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Lamp {
    on: bool,
}

#[aggregate(name = "lamp", crate = "happenings")]
impl Lamp {
    /// Whether it is on.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.on
    }

    #[when]
    fn switched(&mut self, event: &Switched) {
        self.on = event.on;
    }
}

/// A sync handler.
#[event_handler(crate = "happenings")]
pub fn watch(_: &Switched, _: &EventMetadata) {}

/// An async handler.
///
/// # Errors
/// When a lamp goes out.
#[event_handler(crate = "happenings")]
pub async fn mourn(event: &Switched) -> Result<(), &'static str> {
    std::future::ready(()).await;
    if event.on { Ok(()) } else { Err("it is dark") }
}

/// A handler of every event.
///
/// # Errors
/// When another event comes.
#[event_handler(all, crate = "happenings")]
pub fn follow(event: &RecordedEvent) -> Result<(), String> {
    if event.is::<Switched>() { Ok(()) } else { Err(event.name().to_string()) }
}

/// What a handler takes.
#[derive(Debug, happenings::FromContext)]
#[from_context(crate = "happenings")]
pub struct Call<'c> {
    /// What is known about the event.
    pub metadata: &'c EventMetadata,
}

/// A handler with it.
#[event_handler(crate = "happenings")]
#[must_use]
pub fn note(_: &Switched, call: Call<'_>) -> happenings::Outcome {
    if call.metadata.headers().is_empty() { happenings::Outcome::Done } else { happenings::Outcome::Ignored }
}

/// A struct with handlers.
#[derive(Debug)]
pub struct House;

#[event_handler(crate = "happenings")]
impl House {
    fn switched(&self, _: &Switched) {}
}

/// A struct with a handler by trait.
#[derive(Debug)]
pub struct Street;

#[event_handler(crate = "happenings")]
impl happenings::EventHandler<Switched> for Street {
    fn handle(&self, _: &Switched, _: &EventMetadata) -> Result<(), happenings::HandlerError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use happenings::{Aggregate, AsyncEventBus, DomainEvent, HandlerRegistry, handlers};

    use super::*;

    #[test]
    fn generated_code_finds_the_framework_under_its_other_name() {
        assert_eq!(Switched::DESCRIPTOR.aggregate(), Some(Lamp::DESCRIPTOR.name()));
        let shape = "by: one of\nby=Clock: u8\nby=Hand: nothing\nlamp: uuid (id)\non: bool\n";
        assert_eq!(Switched::DESCRIPTOR.shape().to_string(), shape);
        let mut lamp = Lamp::default();
        lamp.when(&LampEvent::from(Switched { lamp: Uuid::now_v7(), on: true, by: By::Hand }));
        assert!(lamp.is_on());
        let handlers = handlers![watch, mourn, follow, note, House, Street];
        let names: Vec<_> = handlers.iter().map(|handler| handler.name()).collect();
        assert_eq!(names, ["watch", "mourn", "follow", "note", "House.switched", "Street"]);
    }

    #[tokio::test]
    async fn handlers_are_called() {
        let registry = HandlerRegistry::only(handlers![watch, mourn, note, House, Street]);
        let bus = AsyncEventBus::builder().handlers(registry).state(House).state(Street).build().unwrap();
        assert_eq!(bus.publish(Switched { lamp: Uuid::nil(), on: true, by: By::Clock(7) }).await.handled(), 5);
        assert_eq!(bus.publish(Switched { lamp: Uuid::nil(), on: false, by: By::Hand }).await.failures().len(), 1);
    }
}
