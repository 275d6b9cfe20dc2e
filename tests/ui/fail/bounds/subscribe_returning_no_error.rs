use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Oops;

fn subscribe(bus: &EventBus) {
    bus.subscribe(|_: &Ping| Err::<(), _>(Oops));
}

fn main() {}
