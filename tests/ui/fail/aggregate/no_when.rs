use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Default, Serialize, Deserialize)]
struct Wall {
    colour: String,
}

#[aggregate(name = "wall")]
impl Wall {
    fn colour(&self) -> &str {
        &self.colour
    }
}

fn main() {}
