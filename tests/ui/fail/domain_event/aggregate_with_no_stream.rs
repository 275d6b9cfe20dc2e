use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "user", no_stream)]
struct UserRegistered {
    #[event(id)]
    user_id: Uuid,
}

fn main() {}
