use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Auditor;

#[event_handler]
impl EventHandler<Ping> for &'static Auditor {
    fn handle(&self, _: &Ping, _: &EventMetadata) -> Result<(), HandlerError> {
        Ok(())
    }
}

fn main() {}
