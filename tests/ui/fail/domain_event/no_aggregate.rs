use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
struct UserRegistered {
    user_id: Uuid,
}

fn main() {}
