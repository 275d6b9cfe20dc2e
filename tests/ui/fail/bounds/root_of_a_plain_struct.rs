use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Plain;

fn register(_: &AggregateRoot<Plain>) {}

fn main() {}
