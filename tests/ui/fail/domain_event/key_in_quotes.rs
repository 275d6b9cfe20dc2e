use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event("painted", no_stream)]
struct Painted;

fn main() {}
