use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(version = 4294967296, no_stream)]
struct Painted;

fn main() {}
