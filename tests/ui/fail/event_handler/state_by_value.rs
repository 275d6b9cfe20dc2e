use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Mailer;

#[event_handler]
fn pong(_: &Ping, _: State<Mailer>) {}

fn main() {}
