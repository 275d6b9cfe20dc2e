use events::prelude::*;
use events::FromContext;

#[derive(FromContext)]
struct Count<'c>(State<&'c std::cell::Cell<u32>>);

fn main() {}
