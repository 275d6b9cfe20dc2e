use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Plain;

struct Auditor;

#[event_handler]
impl EventHandler<Plain> for Auditor {
    fn handle(&self, _: &Plain, _: &EventMetadata) -> Result<(), HandlerError> {
        Ok(())
    }
}

fn main() {}
