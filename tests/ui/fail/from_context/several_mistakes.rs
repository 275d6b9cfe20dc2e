use events::prelude::*;
use events::FromContext;

#[derive(FromContext)]
#[from_context(name = "both")]
enum Both<'a, 'b> {
    First(&'a EventMetadata),
    Second(&'b EventMetadata),
}

#[derive(serde::Serialize, serde::Deserialize, DomainEvent)]
#[event(no_stream)]
struct Ping;

/// Is right, and isn't spoken of.
#[event_handler]
fn pong(_: &Ping, _: Both<'_, '_>) {}

fn main() {}
