use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, EventShape, DomainEvent)]
#[event(no_stream)]
struct Painted {
    colour: String,
}

fn main() {}
