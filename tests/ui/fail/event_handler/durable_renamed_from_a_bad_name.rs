use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(durable(from = "now", renamed_from = ""))]
fn empty(_: &Ping) {}

#[event_handler(durable(from = "now", renamed_from = "mail::welcome"))]
fn path(_: &Ping) {}

fn main() {}
