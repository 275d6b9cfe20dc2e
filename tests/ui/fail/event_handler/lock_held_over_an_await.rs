use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

use std::sync::Mutex;

#[event_handler]
async fn pong(_: &Ping, State(seen): State<&Mutex<u32>>) {
    let mut seen = seen.lock().unwrap();
    std::future::ready(()).await;
    *seen += 1;
}

fn main() {}
