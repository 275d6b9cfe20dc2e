use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

fn subscribe(bus: &AsyncEventBus) {
    bus.subscribe(|_: &Ping, _: State<&u32>| {});
}

fn main() {}
