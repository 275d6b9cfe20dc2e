use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Connection;

#[event_handler(durable(from = "start"))]
fn pong(_: &Ping, _: Tx<&mut Connection>, _: Tx<&mut Connection>) {}

fn main() {}
