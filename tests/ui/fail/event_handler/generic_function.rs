use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler]
fn pong<E: DomainEvent>(_: &E) {}

#[event_handler]
fn second(_: &impl DomainEvent) {}

#[event_handler]
fn third(_: &Ping, _: impl Clone) {}

fn main() {}
