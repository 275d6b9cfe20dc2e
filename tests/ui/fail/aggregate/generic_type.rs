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
struct Fence<T> {
    posts: T,
}

#[aggregate(name = "wall")]
impl<T> Fence<T> {
    #[when]
    fn painted(&mut self, _: &Painted) {}
}

fn main() {}
