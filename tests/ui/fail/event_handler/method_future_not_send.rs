use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Auditor;

#[event_handler]
impl Auditor {
    async fn pong(&self, _: &Ping) {
        let count = std::rc::Rc::new(5);
        std::future::ready(()).await;
        drop(count);
    }
}

fn main() {}
