use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(durable(from = "now", partitions = 0))]
fn none(_: &Ping) {}

#[event_handler(durable(from = "now", partitions = 5000))]
fn many(_: &Ping) {}

#[event_handler(durable(from = "now", partitions = "4"))]
fn text(_: &Ping) {}

fn main() {}
