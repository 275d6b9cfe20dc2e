use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler]
fn pong(_: &[Envelope<'_, Ping>]) {}

#[event_handler(all)]
fn log(_: &[&RecordedEvent]) {}

struct Auditor;

#[event_handler]
impl Auditor {
    fn pong(&self, _: &[Envelope<'_, Ping>]) {}
}

fn main() {}
