//! `docs/events-lock.md` shows what is really said.

use events::prelude::*;
use events::testing::LockError;
use serde::{Deserialize, Serialize};

use crate::state;

mod before {
    use super::{Deserialize, DomainEvent, Serialize};

    #[derive(Serialize, Deserialize, DomainEvent)]
    #[event(aggregate = "diary")]
    struct MealLogged {
        #[event(id)]
        diary: u64,
        kcal: u32,
    }
}

mod after {
    use super::{Deserialize, DomainEvent, Serialize};

    #[derive(Serialize, Deserialize, DomainEvent)]
    #[event(aggregate = "diary")]
    struct MealLogged {
        #[event(id)]
        diary: u64,
        energy: u32,
    }
}

#[test]
fn the_guide_shows_what_is_said() {
    let changes = state("guide::before").changes(&state("guide::after"));
    let said = LockError::Breaking { path: "events.lock".into(), changes }.to_string();
    let guide = include_str!("../../docs/events-lock.md");
    assert!(guide.contains(&format!("```text\n{said}\n```\n")), "{said}");
}
