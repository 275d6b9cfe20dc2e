use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(durable(from = "start", batch = 10))]
fn pong(_: &Ping) {}

struct Auditor;

#[event_handler(durable(from = "start", batch = 10))]
impl Auditor {
    fn pong(&self, _: &[Envelope<'_, Ping>]) {}
}

struct Clerk;

#[event_handler(durable(from = "start", batch = 10))]
impl EventHandler<Ping> for Clerk {
    fn handle(&self, _: &Ping, _: &EventMetadata) -> Result<(), HandlerError> {
        Ok(())
    }
}

fn main() {}
