use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(kind = "integrations", no_stream)]
struct Painted;

fn main() {}
