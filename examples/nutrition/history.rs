//! The events of one aggregate.

use std::io::Write;

use anyhow::Context as _;
use events::nutrition::Email;
use events::store::StreamQuery;
use events::{EventStore, StreamId, StreamKey};

use crate::identity;

/// Writes what the stream of an aggregate holds.
pub(crate) async fn write(out: &mut impl Write, store: &EventStore, aggregate: &str, id: &str) -> anyhow::Result<()> {
    let stream = stream(aggregate, id)?;
    let events = store.read_stream(&stream, StreamQuery::new()).await?;
    anyhow::ensure!(!events.is_empty(), "{stream} has no events");
    writeln!(out, "{stream}")?;
    for event in &events {
        let occurred = event.metadata().occurred_at().format("%Y-%m-%d %H:%M UTC");
        writeln!(out, "{:>4}  {occurred}  {}", event.version().value(), event.name())?;
        writeln!(out, "      {}", event.payload().as_json())?;
    }
    Ok(())
}

/// The stream that the command line means: `food_diary ada@example.com` is Ada's diary.
fn stream(aggregate: &str, id: &str) -> anyhow::Result<StreamId> {
    let name = aggregate.strip_prefix("nutrition.").unwrap_or(aggregate);
    let key = match id.contains('@') {
        false => id.to_owned(),
        true => {
            let email: Email = id.parse().context("an id with an @ is an e-mail address")?;
            let user = identity::user(&email);
            match name {
                "email_claim" => email.to_string(),
                "subscription" => identity::subscription(user, "premium").to_string(),
                _ => user.to_string(),
            }
        }
    };
    Ok(StreamId::new(format!("nutrition.{name}"), &StreamKey::from(key.as_str())))
}
