use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Auditor;

#[event_handler]
impl Auditor {
    fn pong(&self, _: &Ping) {}

    fn total(&self) -> u64 {
        5
    }
}

fn main() {}
