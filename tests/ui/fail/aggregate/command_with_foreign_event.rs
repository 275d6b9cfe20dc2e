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
#[event(aggregate = "fence")]
struct Mended {
    #[event(id)]
    fence: u64,
}

#[aggregate(name = "wall")]
impl Wall {
    #[when]
    fn painted(&mut self, _: &Painted) {}
}

fn events(_: impl IntoEvents<Wall>) {}

fn commands() {
    events(Painted { wall: 1 });
    events(Mended { fence: 1 });
}

fn main() {}
