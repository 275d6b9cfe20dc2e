use events::prelude::*;
use events::FromContext;

struct Mailer;

#[derive(FromContext)]
struct Mail<'c> {
    mailer: Mailer,
    metadata: &'c EventMetadata,
    retries: u32,
}

fn main() {}
