use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(retry(attempts = 0))]
fn none(_: &Ping) {}

#[event_handler(retry(attempts = -3))]
fn negative(_: &Ping) {}

#[event_handler(retry(attempts = 2.5))]
fn fraction(_: &Ping) {}

fn main() {}
