use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(retry(factor = 0.5))]
fn half(_: &Ping) {}

#[event_handler(retry(factor = -2))]
fn negative(_: &Ping) {}

#[event_handler(retry(factor = "2"))]
fn text(_: &Ping) {}

#[event_handler(retry(factor = 1e999))]
fn infinite(_: &Ping) {}

fn main() {}
