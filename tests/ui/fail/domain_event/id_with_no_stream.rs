use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct CacheCleared {
    #[event(id)]
    cache: Uuid,
}

fn main() {}
