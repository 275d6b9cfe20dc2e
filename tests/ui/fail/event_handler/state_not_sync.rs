use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Auditor(std::cell::Cell<u32>);

#[event_handler]
impl Auditor {
    fn pong(&self, _: &Ping) {}
}

fn main() {}
