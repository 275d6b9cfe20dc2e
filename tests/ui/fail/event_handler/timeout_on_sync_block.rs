use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Auditor;

#[event_handler(timeout = "5s")]
impl Auditor {
    fn pong(&self, _: &Ping) {}
}

fn main() {}
