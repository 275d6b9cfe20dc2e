use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Plain;

#[event_handler]
fn pong(_: &Envelope<Plain>) {}

#[event_handler]
fn second(_: Envelope<'_, Plain>) {}

fn main() {}
