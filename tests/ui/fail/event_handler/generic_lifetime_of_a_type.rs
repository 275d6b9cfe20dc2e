use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Auditor<'a>(&'a str);

#[event_handler]
impl<'a> Auditor<'a> {
    fn pong(&self, _: &Ping) {}
}

fn main() {}
