use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "Renamed", kind = "domian")]
struct Renamed(#[event(id)] u64, #[event(identity)] String);

fn main() {}
