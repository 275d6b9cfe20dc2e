use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

fn subscribe(bus: &EventBus) {
    bus.subscribe(|_: &Ping| 5);
}

fn main() {}
