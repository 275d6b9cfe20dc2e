use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(priority = 10)]
#[event_handler(name = "pong")]
fn pong(_: &Ping) {}

struct Auditor;

#[event_handler]
#[events::event_handler]
impl Auditor {
    fn pong(&self, _: &Ping) {}
}

fn main() {}
