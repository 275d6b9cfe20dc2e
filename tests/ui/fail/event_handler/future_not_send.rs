use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler]
async fn pong(_: &Ping) {
    let count = std::rc::Rc::new(5);
    std::future::ready(()).await;
    drop(count);
}

fn main() {}
