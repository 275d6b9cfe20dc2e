use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Paid {
    customer: u64,
    note: Option<String>,
}

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Closed {
    reason: String,
}

#[event_handler(durable(from = "now", order = key(note)))]
fn optional(_: &Paid) {}

fn main() {}
