use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Auditor;

#[event_handler(timeuot = "5s", priority = "high")]
impl Auditor {
    fn taken(self, _: Ping) {}

    #[event_handler(name = "a b", event(Ping))]
    fn second(&mut self, _: &EventMetadata) {}

    fn third(&self) {}
}

fn main() {}
