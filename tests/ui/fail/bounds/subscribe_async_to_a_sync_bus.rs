use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

async fn pong(_: &Ping) {}

fn subscribe(bus: &EventBus) {
    bus.subscribe(pong);
}

fn main() {}
