use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(durable(from = "strat"))]
fn misspelt(_: &Ping) {}

#[event_handler(durable(from = "yesterday"))]
fn unknown(_: &Ping) {}

#[event_handler(durable(from = start))]
fn no_text(_: &Ping) {}

#[event_handler(durable(start))]
fn no_key(_: &Ping) {}

#[event_handler(durable = "start")]
fn no_parentheses(_: &Ping) {}

fn main() {}
