use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(events(Ping))]
fn pong(_: &Ping) {}

#[event_handler(all)]
fn other(_: &Envelope<Ping>) {}

fn main() {}
