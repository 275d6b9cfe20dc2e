use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Auditor;

#[event_handler(durable(from = "start", renamed_from = "Clerk"))]
impl Auditor {
    fn pong(&self, _: &Ping) {}
}

fn main() {}
