use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = Painted, no_stream)]
struct Painted;

fn main() {}
