use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(all, durable(from = "now", order = key(customer)))]
fn pong(_: &RecordedEvent) {}

fn main() {}
