use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "café", name = "kaffee getrunken")]
struct CoffeeDrunk {
    #[event(id)]
    id: Uuid,
}

fn main() {}
