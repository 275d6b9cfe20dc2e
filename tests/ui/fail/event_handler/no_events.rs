use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(events())]
fn pong(_: &RecordedEvent) {}

#[event_handler(events)]
fn other(_: &RecordedEvent) {}

#[event_handler(events = Ping)]
fn third(_: &RecordedEvent) {}

fn main() {}
