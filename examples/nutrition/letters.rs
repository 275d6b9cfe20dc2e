//! Looking after what failed.

use std::io::Write;

use events::prelude::*;
use events::store::{LetterId, LetterQuery, LetterStatus};
use events::{Audit, DeadLetterQueue};

use crate::cli::Letters;
use crate::session::Session;
use crate::tables;

/// Does what `dead-letters` asks for.
pub(crate) async fn run(action: Letters, store: EventStore, out: &mut impl Write) -> anyhow::Result<()> {
    match action {
        Letters::List => write_open(out, &DeadLetterQueue::new(store)).await,
        Letters::Redrive { letters, accept } => {
            let session = Session::start(store, &accept).await?;
            let queue = session.app.dead_letters();
            let audit = Audit::by("command line").because("redriven by hand");
            let redriven = queue.redrive(dead(&letters), audit).await?;
            session.settle().await?;
            writeln!(out, "letters tried again: {}\n", redriven.len())?;
            write_open(out, &queue).await?;
            session.end().await
        }
        Letters::Discard { letters, reason } => {
            let queue = DeadLetterQueue::new(store);
            let discarded = queue.discard(dead(&letters), Audit::by("command line").because(reason)).await?;
            writeln!(out, "letters discarded: {}\n", discarded.len())?;
            write_open(out, &queue).await
        }
    }
}

/// The dead letters of these numbers; all of them, if there are no numbers.
fn dead(letters: &[i64]) -> LetterQuery {
    let all = LetterQuery::new().status(LetterStatus::Dead);
    letters.iter().fold(all, |query, id| query.id(LetterId::new(*id)))
}

/// Writes the letters that are not closed.
pub(crate) async fn write_open(out: &mut impl Write, queue: &DeadLetterQueue) -> anyhow::Result<()> {
    let open = LetterQuery::new().status(LetterStatus::Retrying).status(LetterStatus::Dead);
    Ok(tables::write_letters(out, &queue.list(open).await?)?)
}

/// Writes how many letters there are of each handler.
pub(crate) async fn write_stats(out: &mut impl Write, queue: &DeadLetterQueue) -> anyhow::Result<()> {
    Ok(tables::write_letter_stats(out, &queue.stats().await?)?)
}
