use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(from = "now", order = "stream", partitions = 4)]
fn pong(_: &Ping) {}

#[event_handler(durable(from = "now"), on_exhausted = "halt", renamed_from = "pung", concurrency = 2)]
fn other(_: &Ping) {}

fn main() {}
