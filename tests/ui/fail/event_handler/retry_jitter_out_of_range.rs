use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(retry(jitter = 20))]
fn percent(_: &Ping) {}

#[event_handler(retry(jitter = -0.1))]
fn negative(_: &Ping) {}

fn main() {}
