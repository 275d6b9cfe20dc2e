use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(durable(from = "now", order = "global", on_exhausted = "park"))]
fn pong(_: &Ping) {}

fn main() {}
