use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "painted", no_stream)]
struct PaintedV1;

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(version = 1, previous = PaintedV1, no_stream)]
struct Painted;

impl From<PaintedV1> for Painted {
    fn from(_: PaintedV1) -> Self {
        Painted
    }
}

fn main() {}
