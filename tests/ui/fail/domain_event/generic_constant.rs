use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Grid<const SIZE: usize> {
    cells: Vec<u8>,
}

fn main() {}
