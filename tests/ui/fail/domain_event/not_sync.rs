use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Painted {
    coats: std::cell::Cell<u32>,
}

fn main() {}
