use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Auditor;

#[event_handler]
impl Auditor {
    fn pong(&self, _: &Ping) {}

    #[event_handler(skip, priority = 10)]
    fn helper(&self) {}
}

fn main() {}
