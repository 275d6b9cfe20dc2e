use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Auditor;

#[event_handler]
impl Auditor {
    #[event_handler]
    const LIMIT: u32 = 5;

    fn pong(&self, _: &Ping) {}
}

fn main() {}
