use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(retry(atempts = 8, maxdelay = "1m"))]
fn pong(_: &Ping) {}

fn main() {}
