use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(timeout = )]
async fn pong(_: &Ping) {}

#[event_handler(timeo)]
async fn second(_: &Ping) {}

#[event_handler(priority = , name)]
async fn third(_: &Ping) {}

fn main() {}
