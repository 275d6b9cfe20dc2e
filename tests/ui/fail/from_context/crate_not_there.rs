use events::prelude::*;
use events::FromContext;

#[derive(FromContext)]
#[from_context(crate = "happenings")]
struct Call(Attempt);

fn main() {}
