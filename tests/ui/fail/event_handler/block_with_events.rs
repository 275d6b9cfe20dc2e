use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Auditor;

#[event_handler(all)]
impl Auditor {
    fn pong(&self, _: &Ping) {}

    #[event_handler(crate = "happenings")]
    fn second(&self, _: &Ping) {}

    #[event_handler(name = "new")]
    fn new() {}
}

fn main() {}
