use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(version = 2, previous = Painted, no_stream)]
struct Painted;

fn main() {}
