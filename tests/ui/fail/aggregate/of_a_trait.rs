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

#[aggregate(name = "wall")]
impl Clone for Wall {
    fn clone(&self) -> Self {
        Wall
    }
}

fn main() {}
