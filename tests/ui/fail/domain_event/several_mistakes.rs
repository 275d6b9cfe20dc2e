use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(nam = "painted", version = 0, kind = "system-wide", aggregate = "Wall")]
struct Painted {
    #[event(occured_at)]
    at: chrono::DateTime<chrono::Utc>,
    #[event(id)]
    wall: Uuid,
    #[event(id)]
    painter: Uuid,
}

fn main() {}
