use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(retry(initial_delay = "5s", max_delay = "1s"))]
fn both(_: &Ping) {}

#[event_handler(retry(initial_delay = "5m"))]
fn initial_only(_: &Ping) {}

#[event_handler(retry(max_delay = "100ms"))]
fn max_only(_: &Ping) {}

fn main() {}
