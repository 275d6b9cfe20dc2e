use events::prelude::*;
use serde::{Deserialize, Serialize};

struct Painted;

#[derive(Default, Serialize, Deserialize)]
struct Wall;

#[aggregate(name = "wall")]
impl Wall {
    #[when]
    fn painted(&mut self, _: &Painted) {}
}

fn main() {}
