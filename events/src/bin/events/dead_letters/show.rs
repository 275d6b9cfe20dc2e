//! `dead-letters show`.

use std::io;

use chrono::{DateTime, Utc};
use events::store::AttemptRecord;
use events::{Class, DeadLetterQueue, EventStore};
use serde::Serialize;

use super::args::ShowArgs;
use super::letter::{self, Letter};
use crate::failure::{Failure, Found};
use crate::out::{Out, View};
use crate::tail::event::Event;
use crate::text;

pub(super) async fn run(
    store: &EventStore,
    queue: &DeadLetterQueue,
    args: &ShowArgs,
    out: &mut Out<'_>,
) -> Result<Found, Failure> {
    let found = queue.get(args.letter).await?;
    let found = found.ok_or_else(|| Failure::refused(format!("there is no letter {}", args.letter)))?;
    let event = match queue.event(&found).await {
        Ok(event) => Some(Event::new(&event, args.payload)),
        Err(error) if error.is_not_found() => None,
        Err(error) => return Err(error.into()),
    };
    let attempts = queue.attempts(args.letter).await?.into_iter().map(Attempt::from).collect();
    let letter = letter::one_with_behind(store, queue, &found).await?;
    out.show(&Shown { letter, event, attempts })?;
    Ok(Found::Fine)
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    letter: Letter,
    /// Null if the store doesn't have it any more.
    #[serde(rename = "recorded")]
    event: Option<Event>,
    #[serde(rename = "failed_attempts")]
    attempts: Vec<Attempt>,
}

#[derive(Serialize)]
struct Attempt {
    number: u32,
    at: DateTime<Utc>,
    class: Class,
    /// The error and its causes, outermost first.
    error: Vec<String>,
    error_type: String,
}

impl From<AttemptRecord> for Attempt {
    fn from(record: AttemptRecord) -> Self {
        let AttemptRecord { number, attempt } = record;
        Self {
            number,
            at: attempt.at,
            class: attempt.class,
            error: attempt.error.messages().to_vec(),
            error_type: attempt.error.type_name().to_owned(),
        }
    }
}

impl View for Shown {
    fn print(&self, out: &mut Out<'_>) -> io::Result<()> {
        let letter = &self.letter;
        let next = letter.next_attempt_at.map(|next| format!(", next attempt in {}", text::until(next)));
        out.line(format_args!("letter     {}, {}{}", letter.id, letter.standing(), next.unwrap_or_default()))?;
        out.line(format_args!("handler    {} ({})", letter.handler, letter.build))?;
        out.line(format_args!("group      {}, {}", letter.group, letter.class))?;
        let (first, last) = (text::time(letter.first_failed_at), text::time(letter.last_failed_at));
        out.line(format_args!("failed     {} of {first} to {last}", text::count(letter.attempts.into(), "attempt")))?;
        if let (Some(key), Some(behind)) = (&letter.key, letter.behind) {
            out.line(format_args!("behind     {} of {key}", text::count(behind, "later event")))?;
        }
        self.print_event(out)?;
        for Attempt { number, at, class, error, error_type } in &self.attempts {
            out.line(format_args!("attempt {number:<2} {}, {class}, {error_type}", text::exact(*at)))?;
            for (depth, message) in error.iter().enumerate() {
                out.line(format_args!("           {}{message}", "  ".repeat(depth)))?;
            }
        }
        Ok(())
    }
}

impl Shown {
    fn print_event(&self, out: &mut Out<'_>) -> io::Result<()> {
        let letter = &self.letter;
        let Some(event) = &self.event else {
            return out.line(format_args!("event      {} isn't in the store any more", letter.event_id));
        };
        out.line(format_args!("event      {} v{}, {}", event.name, event.schema_version, event.event_id))?;
        out.line(format_args!("           {} version {}, position {}", event.stream, event.version, event.position))?;
        let actor = event.actor.as_ref().map(|actor| format!(" by {actor}")).unwrap_or_default();
        out.line(format_args!("           recorded {}{actor}", text::exact(event.recorded_at)))?;
        out.line(format_args!("           chain {}", event.correlation_id))?;
        match &event.payload {
            Some(payload) => out.line(format_args!("data       {}", payload.get())),
            None => out.line("data       not shown without --payload"),
        }
    }
}
