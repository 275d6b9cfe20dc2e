use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler]
async fn pong(_: &Ping) -> Option<()> {
    None
}

fn main() {}
