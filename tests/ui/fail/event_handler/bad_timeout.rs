use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(timeout = "5")]
async fn no_unit(_: &Ping) {}

#[event_handler(timeout = "5 seconds")]
async fn unknown_unit(_: &Ping) {}

#[event_handler(timeout = "soon")]
async fn no_number(_: &Ping) {}

#[event_handler(timeout = "0s")]
async fn no_time(_: &Ping) {}

#[event_handler(timeout = 5)]
async fn no_text(_: &Ping) {}

fn main() {}
