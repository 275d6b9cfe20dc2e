use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(retry(initial_delay = "200"))]
fn no_unit(_: &Ping) {}

#[event_handler(retry(max_delay = "1d"))]
fn unknown_unit(_: &Ping) {}

#[event_handler(retry(max_delay = 60))]
fn no_text(_: &Ping) {}

fn main() {}
