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

#[aggregate(name = "wall", snapshot_every = 5000000000, fold_version = -1)]
impl Wall {
    #[when]
    fn painted(&mut self, _: &Painted) {}
}

fn main() {}
