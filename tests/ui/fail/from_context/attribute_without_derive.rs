use events::prelude::*;

#[from_context(crate = "events")]
struct Call(Attempt);

fn main() {}
