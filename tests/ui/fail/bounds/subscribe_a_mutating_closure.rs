use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

fn subscribe(bus: &EventBus) {
    let mut count = 0;
    bus.subscribe(move |_: &Ping| count += 1);
}

fn main() {}
