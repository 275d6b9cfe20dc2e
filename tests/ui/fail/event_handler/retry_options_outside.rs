use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(attempts = 8, initial_delay = "1s", jitter = 0.1)]
fn pong(_: &Ping) {}

#[event_handler(retry(attempts = 8, on_exhausted = "halt", timeout = "5s"))]
fn other(_: &Ping) {}

fn main() {}
