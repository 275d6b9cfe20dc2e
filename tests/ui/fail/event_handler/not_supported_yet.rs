use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(durable(from = "now"), retry(attempts = 8, max_delay = "1m"))]
fn pong(_: &Ping) {}

#[event_handler(renamed_from = "pung", order = "stream", on_exhausted = "park")]
fn other(_: &Ping) {}

fn main() {}
