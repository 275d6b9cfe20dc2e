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

/// An async handler of every event.
#[event_handler(all, crate = "happenings")]
pub async fn follow(event: &RecordedEvent) -> Result<(), std::io::Error> {
    if event.is::<Switched>() { Ok(()) } else { Err(std::io::ErrorKind::Other.into()) }
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
    use happenings::{Aggregate, DomainEvent, handlers};

    use super::*;

    #[test]
    fn generated_code_finds_the_framework_under_its_other_name() {
        assert_eq!(Switched::DESCRIPTOR.aggregate(), Some(Lamp::DESCRIPTOR.name()));
        let mut lamp = Lamp::default();
        lamp.when(&LampEvent::from(Switched { lamp: Uuid::now_v7(), on: true }));
        assert!(lamp.is_on());
        let names: Vec<_> = handlers![watch, follow, House, Street].iter().map(|handler| handler.name()).collect();
        assert_eq!(names, ["watch", "follow", "House.switched", "Street"]);
    }
}
