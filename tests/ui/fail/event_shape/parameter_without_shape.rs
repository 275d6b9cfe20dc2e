use events::event::Shape;
use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, EventShape)]
struct Page<T> {
    items: Vec<T>,
}

struct Foreign;

fn main() {
    println!("{}", Shape::of::<Page<Foreign>>());
}
