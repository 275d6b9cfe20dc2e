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

#[aggregate(nam = "wall", snapshot_every = 0)]
impl Wall {
    #[when]
    async fn painted(&self, _: &mut Painted) {}

    #[when]
    fn mended(&mut self) -> bool {
        true
    }
}

fn main() {}
