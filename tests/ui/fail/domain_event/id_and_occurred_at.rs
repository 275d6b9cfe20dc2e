use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "day")]
struct DayBegun {
    #[event(id, occurred_at)]
    day: u64,
}

fn main() {}
