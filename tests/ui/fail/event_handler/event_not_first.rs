use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler]
fn first(_: &EventMetadata, _: &Ping) {}

#[event_handler]
fn second(_: State<&u64>, _: &Ping) {}

fn main() {}
