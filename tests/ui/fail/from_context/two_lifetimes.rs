use events::prelude::*;
use events::FromContext;

#[derive(FromContext)]
struct Call<'a, 'b> {
    metadata: &'a EventMetadata,
    dispatcher: &'b EventDispatcher,
}

fn main() {}
