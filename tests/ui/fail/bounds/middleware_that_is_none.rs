use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

fn build() -> bool {
    EventBus::builder().middleware(5).build().is_ok() && AsyncEventBus::builder().middleware(5).build().is_ok()
}

fn main() {}
