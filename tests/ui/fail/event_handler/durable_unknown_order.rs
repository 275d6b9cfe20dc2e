use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(durable(from = "now", order = "steam"))]
fn misspelt(_: &Ping) {}

#[event_handler(durable(from = "now", order = "lifo"))]
fn unknown(_: &Ping) {}

#[event_handler(durable(from = "now", order = stream))]
fn no_text(_: &Ping) {}

#[event_handler(durable(from = "now", order = 1))]
fn number(_: &Ping) {}

fn main() {}
