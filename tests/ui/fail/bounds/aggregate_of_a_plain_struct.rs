use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Plain;

fn load(app: &EventDispatcher) {
    app.aggregate::<Plain>(7);
}

fn main() {}
