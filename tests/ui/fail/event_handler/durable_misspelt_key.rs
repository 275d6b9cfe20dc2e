use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(durable(form = "now"))]
fn swapped(_: &Ping) {}

#[event_handler(durable(from = "now", partition = 4))]
fn singular(_: &Ping) {}

fn main() {}
