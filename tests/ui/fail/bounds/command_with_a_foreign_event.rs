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
}

fn command() {
    events::testing::given::<Wall>(7, ()).when(|_| Ok::<_, &str>(Rained)).then_nothing();
}

fn main() {}
