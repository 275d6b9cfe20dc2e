use events::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

struct Mailer;

struct Auditor;

#[event_handler]
impl Auditor {
    fn pong(&self, _: &Ping, _: &Mailer) {}

    async fn later(&self, _: &Ping, _: &Mailer) {}
}

fn main() {}
