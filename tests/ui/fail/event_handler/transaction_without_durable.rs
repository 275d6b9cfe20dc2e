use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Connection;

#[event_handler]
fn pong(_: &Ping, Tx(_): Tx<&mut Connection>) {}

struct Auditor;

#[event_handler]
impl Auditor {
    fn pong(&self, _: &Ping, _: Tx<&mut Connection>) {}
}

fn main() {}
