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

#[event_handler(durable(from = "now", order = key))]
fn no_field(_: &Paid) {}

#[event_handler(durable(from = "now", order = key()))]
fn nothing(_: &Paid) {}

#[event_handler(durable(from = "now", order = key(customer, note)))]
fn two(_: &Paid) {}

#[event_handler(durable(from = "now", order = key("customer")))]
fn text(_: &Paid) {}

#[event_handler(durable(from = "now", order = "key(customer)"))]
fn in_quotes(_: &Paid) {}

#[event_handler(durable(from = "now", key(customer)))]
fn no_order(_: &Paid) {}

fn main() {}
