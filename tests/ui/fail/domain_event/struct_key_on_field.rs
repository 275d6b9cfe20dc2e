use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct UserRegistered {
    #[event(aggregate = "user")]
    user_id: Uuid,
    #[event(name = "mail")]
    email: String,
}

fn main() {}
