use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

fn pong(_: &Ping) {}

fn list() {
    handlers![pong];
}

fn main() {}
