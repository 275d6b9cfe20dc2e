use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Mailer;

#[event_handler]
fn pong(_: &Ping, _: &Mailer) {}

#[event_handler]
async fn later(_: &Ping, _: &EventMetadata, _: Mailer) {}

fn main() {}
