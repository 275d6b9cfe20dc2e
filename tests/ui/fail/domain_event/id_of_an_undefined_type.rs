use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "wall")]
struct Painted {
    #[event(id)]
    wall: WallId,
}

/// Is right, and isn't spoken of.
#[event_handler]
fn look(_: &Painted, _: &EventMetadata) {}

fn main() {}
