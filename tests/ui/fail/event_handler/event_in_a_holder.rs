use events::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler]
fn boxed(_: Box<Ping>) {}

#[event_handler]
fn shared(_: Arc<Ping>) {}

#[event_handler]
fn perhaps(_: Option<&Ping>) {}

fn main() {}
