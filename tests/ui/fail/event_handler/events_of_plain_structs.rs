use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Plain;

#[event_handler(events(Ping, Plain))]
fn pong(_: &RecordedEvent) {}

fn main() {}
