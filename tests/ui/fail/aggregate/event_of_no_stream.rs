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

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Rained;

#[aggregate(name = "wall")]
impl Wall {
    #[when]
    fn painted(&mut self, _: &Painted) {}

    #[when]
    fn rained(&mut self, _: &Rained) {}
}

fn main() {}
