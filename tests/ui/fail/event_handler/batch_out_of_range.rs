use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(durable(from = "start", batch = 0))]
fn of_none(_: &[Envelope<'_, Ping>]) {}

#[event_handler(durable(from = "start", batch = 1001))]
fn of_too_many(_: &[Envelope<'_, Ping>]) {}

fn main() {}
