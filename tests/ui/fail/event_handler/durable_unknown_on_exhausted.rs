use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(durable(from = "now", on_exhausted = "skip"))]
fn unknown(_: &Ping) {}

#[event_handler(durable(from = "now", on_exhausted = "continu"))]
fn misspelt(_: &Ping) {}

fn main() {}
