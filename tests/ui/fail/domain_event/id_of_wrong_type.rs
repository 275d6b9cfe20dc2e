use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Address {
    street: String,
}

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "house")]
struct HouseBuilt {
    #[event(id)]
    address: Address,
}

fn main() {}
