use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

use std::rc::Rc;
use std::sync::Arc;

async fn pong(_: &Ping) {
    let count = Rc::new(5);
    std::future::ready(()).await;
    drop(count);
}

fn subscribe(bus: &AsyncEventBus) {
    bus.subscribe(pong);
    bus.subscribe(|_: Arc<Ping>| async {
        let count = Rc::new(5);
        std::future::ready(()).await;
        drop(count);
    });
}

fn main() {}
