//! `dead-letters list`.

use std::io;

use events::store::{LetterId, LetterStatus};
use events::{DeadLetterQueue, EventStore};
use serde::Serialize;

use super::args::ListArgs;
use super::letter::{self, Letter};
use super::pick;
use crate::failure::{Failure, Found};
use crate::out::{Out, View};
use crate::text;

pub(super) async fn run(
    store: &EventStore,
    queue: &DeadLetterQueue,
    args: &ListArgs,
    out: &mut Out<'_>,
) -> Result<Found, Failure> {
    let mut filter = args.filter.clone();
    if filter.status.is_empty() {
        filter.status = vec![LetterStatus::Retrying, LetterStatus::Dead];
    }
    let mut query = pick::query(queue, &filter).await?;
    if let Some(after) = args.after {
        query = query.after(after);
    }
    let limit = usize::from(args.limit);
    // One more, to know whether there is a next page.
    let mut letters = queue.list(query.with_limit(limit.saturating_add(1))).await?;
    let more = letters.len() > limit;
    letters.truncate(limit);
    let next_after = letters.last().filter(|_| more).map(|last| last.id);
    out.show(&List { letters: letter::with_behind(store, queue, &letters).await?, next_after })?;
    Ok(Found::Fine)
}

#[derive(Serialize)]
struct List {
    letters: Vec<Letter>,
    /// What to give `--after` for the next page; null on the last one.
    next_after: Option<LetterId>,
}

impl View for List {
    fn print(&self, out: &mut Out<'_>) -> io::Result<()> {
        let header =
            ["ID", "STATUS", "HANDLER", "EVENT", "STREAM", "CLASS", "TRIES", "BEHIND", "SINCE", "NEXT", "ERROR"];
        let rows = self.letters.iter().map(|letter| {
            [
                letter.id.to_string(),
                letter.standing(),
                letter.handler.to_string(),
                letter.event.to_string(),
                letter.stream.clone(),
                letter.class.to_string(),
                letter.attempts.to_string(),
                text::or_none(letter.behind),
                text::ago(letter.first_failed_at),
                text::or_none(letter.next_attempt_at.map(text::until)),
                text::or_none(letter.error.as_deref().map(|error| text::cut(error, 60))),
            ]
        });
        out.table(header, rows.collect(), "There are no such letters.")?;
        match self.next_after {
            Some(after) => out.line(format_args!("There are more: --after {after}")),
            None => Ok(()),
        }
    }
}
