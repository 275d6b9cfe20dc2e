use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(aggregate = "wall")]
struct Painted {
    #[event(id)]
    wall: u64,
}

#[derive(Default, Serialize, Deserialize)]
struct Wall;

#[aggregate(name = "a_name_that_says_everything_there_is_to_say_about_an_aggregate_and_then_some_more_so_that_no_index_of_any_database_would_want_to_hold_it")]
impl Wall {
    #[when]
    fn painted(&mut self, _: &Painted) {}
}

fn main() {}
