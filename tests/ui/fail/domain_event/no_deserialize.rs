use events::prelude::*;
use serde::Serialize;

#[derive(Serialize, DomainEvent)]
#[event(no_stream)]
struct Painted {
    colour: String,
}

fn main() {}
