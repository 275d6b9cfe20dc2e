use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "Payment", verison = 2, version = 0)]
enum Payment {
    Started,
    Done { amount: u64 },
}

fn main() {}
