use events::prelude::*;
use serde::{Deserialize, Serialize};

struct PaintedV1;

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(version = 2, previous = PaintedV1, no_stream)]
struct Painted;

impl From<PaintedV1> for Painted {
    fn from(_: PaintedV1) -> Self {
        Painted
    }
}

fn main() {}
