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

#[derive(Default, Serialize, Deserialize)]
struct Fence(std::cell::Cell<u32>);

#[aggregate(name = "wall")]
impl Fence {
    #[when]
    fn painted(&mut self, _: &Painted) {}
}

fn main() {}
