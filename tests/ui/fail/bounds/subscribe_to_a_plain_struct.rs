use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Plain;

fn subscribe(bus: &EventBus) {
    bus.subscribe(|_: &Plain| {});
}

fn main() {}
