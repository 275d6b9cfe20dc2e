use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Auditor;

fn subscribe(bus: &EventBus) {
    bus.subscribe(Auditor);
}

fn main() {}
