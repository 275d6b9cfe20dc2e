use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "user")]
struct UserRegistered {
    #[event(id = "user")]
    user_id: Uuid,
}

fn main() {}
