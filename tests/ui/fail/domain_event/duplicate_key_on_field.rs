use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "user")]
struct UserRegistered {
    #[event(id, id)]
    user_id: Uuid,
}

fn main() {}
