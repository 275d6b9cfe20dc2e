use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Auditor;

#[event_handler]
impl<E: DomainEvent> EventHandler<E> for Auditor {
    fn handle(&self, _: &E, _: &EventMetadata) -> Result<(), HandlerError> {
        Ok(())
    }
}

fn main() {}
