use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[event(no_stream)]
struct Painted;

fn main() {}
