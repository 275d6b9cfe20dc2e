use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(durable(from = "now"), priority = 10)]
fn pong(_: &Ping) {}

struct Auditor;

#[event_handler(durable(from = "now"))]
impl Auditor {
    #[event_handler(priority = 10)]
    fn pong(&self, _: &Ping) {}
}

struct Clerk;

#[event_handler(priority = 10)]
impl Clerk {
    #[event_handler(durable(from = "now"))]
    fn pong(&self, _: &Ping) {}
}

fn main() {}
