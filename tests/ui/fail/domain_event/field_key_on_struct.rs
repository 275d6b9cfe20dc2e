use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "user", id = user_id)]
struct UserRegistered {
    #[event(id)]
    user_id: Uuid,
}

fn main() {}
