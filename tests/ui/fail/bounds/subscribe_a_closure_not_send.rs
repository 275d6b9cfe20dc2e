use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

use std::rc::Rc;

fn subscribe(bus: &EventBus) {
    let count = Rc::new(5);
    bus.subscribe(move |_: &Ping| drop(Rc::clone(&count)));
}

fn main() {}
