use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(durable(from = "now", renamed_from = "pong"))]
fn pong(_: &Ping) {}

#[event_handler(name = "mail.welcome", durable(from = "now", renamed_from = "mail.welcome"))]
fn other(_: &Ping) {}

struct Auditor;

#[event_handler]
impl Auditor {
    #[event_handler(durable(from = "now", renamed_from = "Auditor.pong"))]
    fn pong(&self, _: &Ping) {}
}

struct Welcome;

#[event_handler(durable(from = "now", renamed_from = "Welcome"))]
impl EventHandler<Ping> for Welcome {
    fn handle(&self, _: &Ping, _: &EventMetadata) -> Result<(), HandlerError> {
        Ok(())
    }
}

fn main() {}
