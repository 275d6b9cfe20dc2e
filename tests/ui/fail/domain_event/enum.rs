use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
enum Payment {
    Started,
    Done { amount: u64 },
}

fn main() {}
