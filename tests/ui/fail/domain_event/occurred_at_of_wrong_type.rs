use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Painted {
    #[event(occurred_at)]
    when: String,
}

fn main() {}
