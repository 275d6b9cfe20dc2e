use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "")]
struct Painted {
    #[event(id)]
    wall: u64,
}

fn main() {}
