use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(priority = 5000000000)]
fn pong(_: &Ping) {}

fn main() {}
