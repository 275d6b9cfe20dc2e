use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

fn build() -> bool {
    EventBus::builder().state(std::rc::Rc::new(5)).build().is_ok()
}

fn main() {}
