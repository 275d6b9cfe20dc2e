use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(durable(from = "now", concurrency = 0))]
fn none(_: &Ping) {}

#[event_handler(durable(from = "now", concurrency = -1))]
fn negative(_: &Ping) {}

fn main() {}
