use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

async fn publish(app: &EventDispatcher) -> Result<events::Receipt, events::Error> {
    app.publish_batch(Ping).await
}

fn main() {}
