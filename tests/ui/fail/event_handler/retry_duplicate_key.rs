use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(retry(attempts = 8, attempts = 9))]
fn pong(_: &Ping) {}

#[event_handler(retry(attempts = 8), retry(attempts = 9))]
fn other(_: &Ping) {}

fn main() {}
