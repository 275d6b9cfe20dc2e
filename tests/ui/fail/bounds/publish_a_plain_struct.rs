use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Plain;

fn publish(bus: &EventBus) -> Result<(), events::Error> {
    bus.publish(&Plain);
    events::emit(Plain)
}

fn main() {}
