use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Auditor;

impl Auditor {
    #[event_handler]
    fn pong(&self, _: &Ping) {}
}

fn main() {}
