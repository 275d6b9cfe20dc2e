use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

trait Handler {
    #[event_handler]
    fn declared(&self, _: &Ping);

    #[event_handler]
    fn provided(&self, _: &Ping) {}
}

fn main() {}
