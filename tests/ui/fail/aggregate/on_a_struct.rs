use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "wall")]
struct Painted {
    #[event(id)]
    wall: u64,
}

#[derive(Default, Serialize, Deserialize)]
struct Wall;

#[aggregate(name = "fence")]
#[derive(Default, Serialize, Deserialize)]
struct Fence;

fn main() {}
