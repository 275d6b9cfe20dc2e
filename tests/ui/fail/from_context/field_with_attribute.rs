use events::prelude::*;
use events::FromContext;

#[derive(FromContext)]
struct Call {
    #[from_context(optional)]
    attempt: Attempt,
}

fn main() {}
