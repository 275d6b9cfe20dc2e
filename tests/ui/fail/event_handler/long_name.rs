use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

#[event_handler(name = "a_name_that_says_everything_there_is_to_say_about_a_handler_and_then_some_more_so_that_no_index_of_any_database_would_want_to_hold_it")]
fn pong(_: &Ping) {}

fn main() {}
