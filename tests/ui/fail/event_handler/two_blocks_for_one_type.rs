use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Auditor;

#[event_handler]
impl Auditor {
    fn first(&self, _: &Ping) {}
}

#[event_handler]
impl Auditor {
    fn second(&self, _: &Ping) {}
}

fn main() {}
