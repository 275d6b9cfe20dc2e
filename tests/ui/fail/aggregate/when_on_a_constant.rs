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
impl Wall {
    #[when]
    const COATS: u32 = 2;

    #[when]
    fn painted(&mut self, _: &Painted) {}
}

fn main() {}
