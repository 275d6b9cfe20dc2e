use events::prelude::*;
use events::FromContext;

#[derive(FromContext)]
#[from_context(crat = "happenings")]
struct First(Attempt);

#[derive(FromContext)]
#[from_context(name = "second")]
struct Second(Attempt);

fn main() {}
