use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(retry(forever = true))]
fn pong(_: &Ping) {}

#[event_handler(retry(delay = "1s"))]
fn other(_: &Ping) {}

fn main() {}
