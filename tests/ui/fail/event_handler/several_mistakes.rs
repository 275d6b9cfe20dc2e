use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(prioriy = 10, timeout = "5", name = "", events(Ping))]
fn pong<T>(_: &mut Ping, _: impl Clone) {}

fn main() {}
