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

mod old {
    #[derive(serde::Serialize, serde::Deserialize, events::DomainEvent)]
    #[event(aggregate = "wall", name = "old_painted")]
    pub struct Painted {
        #[event(id)]
        wall: u64,
    }
}

#[aggregate(name = "wall")]
impl Wall {
    #[when]
    fn painted(&mut self, _: &Painted) {}

    #[when]
    fn old_painted(&mut self, _: &old::Painted) {}
}

fn main() {}
