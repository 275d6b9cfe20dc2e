use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

fn call<H: EventHandler<Ping>>(_: H) {}

fn calls() {
    call(5);
}

fn main() {}
