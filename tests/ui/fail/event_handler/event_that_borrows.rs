use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Named<'a> {
    name: &'a str,
}

#[event_handler]
fn greet(_: &Named) {}

fn main() {}
