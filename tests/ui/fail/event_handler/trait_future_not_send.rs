use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Auditor;

#[event_handler]
impl AsyncEventHandler<Ping> for Auditor {
    async fn handle(&self, _: &Ping, _: &EventMetadata) -> Result<(), HandlerError> {
        let count = std::rc::Rc::new(5);
        std::future::ready(()).await;
        drop(count);
        Ok(())
    }
}

fn main() {}
