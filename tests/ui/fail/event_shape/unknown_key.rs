use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, EventShape)]
#[event_shape(version = 2)]
struct Colour {
    name: String,
}

fn main() {}
