use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

use std::cell::Cell;

#[event_handler]
fn pong(_: &Ping, State(_): State<&Cell<u32>>) {}

#[event_handler]
async fn later(_: &Ping, State(_): State<&Cell<u32>>) {}

fn main() {}
