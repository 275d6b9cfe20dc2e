//! What each subcommand does.

use std::io::{self, Write};

use events::store::StoreStats;
use events::{DeadLetterQueue, EventStore};

use crate::cli::{Command, Import};
use crate::import::{Imported, Importer};
use crate::lines::{Lines, Refused};
use crate::session::Session;
use crate::story::Story;
use crate::{history, letters, report, tables};

/// Does what a command line asks for.
pub(crate) async fn run(command: Command, store: EventStore, out: &mut impl Write) -> anyhow::Result<()> {
    match command {
        Command::Import(import) => run_import(&import, store, out).await,
        Command::Report { email } => Ok(report::write(out, &Story::read(&store).await?, email.as_ref())?),
        Command::History { aggregate, id } => history::write(out, &store, &aggregate, &id).await,
        Command::DeadLetters { action } => letters::run(action, store, out).await,
        Command::Stats => run_stats(store, out).await,
    }
}

async fn run_import(import: &Import, store: EventStore, out: &mut impl Write) -> anyhow::Result<()> {
    let lines = Lines::read(&import.data)?;
    let before = store.stats().await?;
    let session = Session::start(store.clone(), &[]).await?;
    let imported = Importer { app: &session.app, clock: &session.clock }.import(&lines).await?;
    session.settle().await?;

    write_imported(out, &lines, &imported)?;
    write_messages(out, &session.outbox.take())?;
    report::write(out, &Story::read(&store).await?, None)?;
    write_what_happened(out, &session, &before, &store).await?;
    session.end().await
}

fn write_imported(out: &mut impl Write, lines: &Lines, imported: &Imported) -> io::Result<()> {
    writeln!(out, "{} new events from {} lines\n", imported.new_events, lines.entries.len())?;
    write_refused(out, "malformed", &lines.malformed)?;
    write_refused(out, "refused", &imported.refused)
}

fn write_refused(out: &mut impl Write, how: &str, refused: &[Refused]) -> io::Result<()> {
    if refused.is_empty() {
        return Ok(());
    }
    writeln!(out, "{} lines were {how}:", refused.len())?;
    for Refused { origin, reason } in refused {
        writeln!(out, "  {} line {}: {reason}", origin.file, origin.line)?;
    }
    writeln!(out)
}

fn write_messages(out: &mut impl Write, messages: &[String]) -> io::Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    writeln!(out, "{} messages were sent:", messages.len())?;
    for message in messages {
        writeln!(out, "  {message}")?;
    }
    writeln!(out)
}

async fn write_what_happened(
    out: &mut impl Write,
    session: &Session,
    before: &StoreStats,
    store: &EventStore,
) -> anyhow::Result<()> {
    tables::write_weeks(out, &session.totals.weeks())?;
    tables::write_events(out, before, &store.stats().await?)?;
    tables::write_handlers(out, &session.app.stats())?;
    letters::write_stats(out, &session.app.dead_letters()).await?;
    letters::write_open(out, &session.app.dead_letters()).await
}

async fn run_stats(store: EventStore, out: &mut impl Write) -> anyhow::Result<()> {
    let stats = store.stats().await?;
    writeln!(out, "{} events in {} streams, {} snapshots\n", stats.events, stats.streams, stats.snapshots)?;
    tables::write_event_counts(out, &stats)?;
    letters::write_stats(out, &DeadLetterQueue::new(store)).await
}
