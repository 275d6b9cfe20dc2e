use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Auditor;

#[event_handler]
impl Auditor {
    fn pong<E: DomainEvent>(&self, _: &E) {}
}

fn main() {}
