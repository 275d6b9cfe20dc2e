use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(retry)]
fn alone(_: &Ping) {}

#[event_handler(retry())]
fn nothing_said(_: &Ping) {}

#[event_handler(retry = 8)]
fn number(_: &Ping) {}

fn main() {}
