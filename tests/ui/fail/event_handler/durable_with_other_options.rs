use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(durable(from = "now", timeout = "5s", name = "pung"))]
async fn pong(_: &Ping) {}

#[event_handler(durable(from = "now", attempts = 8, retry(attempts = 8)))]
fn other(_: &Ping) {}

fn main() {}
