use events::prelude::*;
use events::FromContext;

#[derive(FromContext)]
enum Either<'c> {
    Metadata(&'c EventMetadata),
    Attempt(Attempt),
}

fn main() {}
