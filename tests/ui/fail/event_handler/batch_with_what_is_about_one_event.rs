use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(durable(from = "start"))]
fn metadata(_: &[Envelope<'_, Ping>], _: &EventMetadata) {}

#[event_handler(durable(from = "start"))]
fn key(_: &[Envelope<'_, Ping>], _: IdempotencyKey) {}

#[event_handler(durable(from = "start", concurrency = 4))]
fn concurrent(_: &[Envelope<'_, Ping>]) {}

struct Auditor;

#[event_handler(durable(from = "start", concurrency = 4))]
impl Auditor {
    fn pong(&self, _: &[Envelope<'_, Ping>]) {}
}

fn main() {}
