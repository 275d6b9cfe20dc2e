use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, EventShape)]
#[event_shape(rename = "paint")]
struct Colour {
    name: String,
}

fn main() {}
