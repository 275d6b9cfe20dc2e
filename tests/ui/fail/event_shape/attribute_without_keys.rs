use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, EventShape)]
#[event_shape]
struct Colour {
    name: String,
}

fn main() {}
