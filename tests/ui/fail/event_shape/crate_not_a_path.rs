use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, EventShape)]
#[event_shape(crate = "not a path")]
struct Colour {
    name: String,
}

fn main() {}
