use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Oops;

#[event_handler]
async fn pong(_: &Ping) -> Result<(), Oops> {
    Err(Oops)
}

fn main() {}
