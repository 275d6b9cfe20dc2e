use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[allow(non_camel_case_types)]
struct pong;

#[event_handler]
fn pong(_: &Ping) {}

fn main() {}
