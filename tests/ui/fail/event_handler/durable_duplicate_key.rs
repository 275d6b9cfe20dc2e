use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(durable(from = "now", from = "start"))]
fn pong(_: &Ping) {}

#[event_handler(durable(from = "now"), durable(from = "start"))]
fn other(_: &Ping) {}

fn main() {}
