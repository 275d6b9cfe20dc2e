use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Prüfer;

#[event_handler]
impl Prüfer {
    fn pong(&self, _: &Ping) {}
}

#[event_handler]
fn größe(_: &Ping) {}

fn main() {}
