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

#[event_handler(durable(from = "now", order = key(client)))]
fn of_one(_: &Paid) {}

#[event_handler(events(Paid, Closed), durable(from = "now", order = key(customer)))]
fn of_two(_: &RecordedEvent) {}

fn main() {}
