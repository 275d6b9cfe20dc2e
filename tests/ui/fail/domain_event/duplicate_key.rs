use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream, version = 2)]
#[event(version = 3)]
struct Painted;

fn main() {}
