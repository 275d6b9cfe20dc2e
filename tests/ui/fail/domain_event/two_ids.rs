use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "user")]
struct UserInvited {
    #[event(id)]
    user_id: Uuid,
    #[event(id)]
    invited_by: Uuid,
}

fn main() {}
