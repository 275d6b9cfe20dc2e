use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Oops;

struct Auditor;

impl EventHandler<Ping> for Auditor {
    fn handle(&self, _: &Ping, _: &EventMetadata) -> Result<(), HandlerError> {
        Err(Oops)?;
        Ok(())
    }
}

fn main() {}
