use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(durable)]
fn alone(_: &Ping) {}

#[event_handler(durable())]
fn nothing_said(_: &Ping) {}

#[event_handler(durable(order = "none", partitions = 4))]
fn other_things_said(_: &Ping) {}

fn main() {}
