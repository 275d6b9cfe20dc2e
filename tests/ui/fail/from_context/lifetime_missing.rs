use events::prelude::*;
use events::FromContext;

#[derive(FromContext)]
struct Call {
    metadata: &EventMetadata,
}

fn main() {}
