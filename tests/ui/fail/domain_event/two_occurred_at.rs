use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Painted {
    #[event(occurred_at)]
    begun: chrono::DateTime<chrono::Utc>,
    #[event(occurred_at)]
    done: chrono::DateTime<chrono::Utc>,
}

fn main() {}
