use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(durable(from = "start", version = 0))]
fn out_of_range(_: &Ping) {}

#[event_handler(durable(from = "now", version = 2))]
fn without_history(_: &Ping) {}

#[event_handler(durable(from = "start", version = 2, renamed_from = "pong"))]
fn renamed(_: &Ping) {}

#[event_handler(version = 2)]
fn outside(_: &Ping) {}

#[event_handler(durable(from = "start"), name = "pong@2")]
fn by_its_name(_: &Ping) {}

fn main() {}
