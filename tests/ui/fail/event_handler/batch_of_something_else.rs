use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(durable(from = "start"))]
fn of_events(_: &[Ping]) {}

#[event_handler(durable(from = "start"))]
fn of_references(_: &[&Ping]) {}

#[event_handler(durable(from = "start"))]
fn in_a_vector(_: &Vec<Envelope<'_, Ping>>) {}

#[event_handler(durable(from = "start"))]
fn by_value(_: Vec<Ping>) {}

#[event_handler(all, durable(from = "start"))]
fn of_recorded(_: &[RecordedEvent]) {}

#[event_handler(durable(from = "start"))]
fn of_which(_: &[&RecordedEvent]) {}

#[event_handler(events(Ping), durable(from = "start"))]
fn of_one_sort(_: &[Envelope<'_, Ping>]) {}

fn main() {}
