use events::prelude::*;
use serde::{Deserialize, Serialize};

enum Colour {
    Red,
}

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Painted {
    colour: Colour,
}

fn main() {}
