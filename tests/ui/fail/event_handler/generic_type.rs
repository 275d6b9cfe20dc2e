use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Auditor<T>(T);

#[event_handler]
impl<T: Send + Sync + 'static> Auditor<T> {
    fn pong(&self, _: &Ping) {}
}

fn main() {}
