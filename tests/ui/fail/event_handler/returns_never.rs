use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler]
fn pong(_: &Ping) -> ! {
    loop {}
}

fn main() {}
