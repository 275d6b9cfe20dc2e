use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler]
mod handlers {
    fn pong(_: &super::Ping) {}
}

fn main() {}
