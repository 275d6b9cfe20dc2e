//! The tables of what happened.

use std::collections::BTreeMap;
use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};
use events::dispatcher::DispatcherStats;
use events::nutrition::{EnergyTotal, WeekStart};
use events::store::{FailedEvent, LetterStats, LetterStatus, StoreStats};

/// A table in the one look of this program.
pub(crate) fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header);
    table
}

/// Events by name: how many there were before, and how many there are.
pub(crate) fn write_events(out: &mut impl Write, before: &StoreStats, now: &StoreStats) -> io::Result<()> {
    let mut rows = table(["event", "new", "in all"]);
    for (name, count) in &now.by_event {
        let old = before.by_event.get(name).copied().unwrap_or_default();
        rows.add_row([name.to_string(), count.saturating_sub(old).to_string(), count.to_string()]);
    }
    writeln!(out, "{rows}\n")
}

/// Events by name.
pub(crate) fn write_event_counts(out: &mut impl Write, stats: &StoreStats) -> io::Result<()> {
    let mut rows = table(["event", "in all"]);
    for (name, count) in &stats.by_event {
        rows.add_row([name.to_string(), count.to_string()]);
    }
    writeln!(out, "{rows}\n")
}

/// Handlers by outcome, as far as they were called by this run.
pub(crate) fn write_handlers(out: &mut impl Write, stats: &DispatcherStats) -> io::Result<()> {
    let mut rows = table(["handler", "succeeded", "failed"]);
    for (name, calls) in &stats.handlers {
        rows.add_row([name.to_string(), calls.handled.to_string(), calls.failed.to_string()]);
    }
    writeln!(out, "{rows}\ncalls that were retries: {}\n", stats.retries)
}

/// The energy of each week, over all people.
pub(crate) fn write_weeks(out: &mut impl Write, weeks: &BTreeMap<WeekStart, (usize, EnergyTotal)>) -> io::Result<()> {
    let mut rows = table(["week", "days with meals", "energy"]);
    for (week, (days, energy)) in weeks {
        rows.add_row([week.first_day().to_string(), days.to_string(), energy.to_string()]);
    }
    writeln!(out, "{rows}\n")
}

/// Letters by handler and status; nothing, if no handler has ever failed.
pub(crate) fn write_letter_stats(out: &mut impl Write, stats: &LetterStats) -> io::Result<()> {
    if stats.by_handler.is_empty() {
        return Ok(());
    }
    let mut rows = table(["letters of handler", "retrying", "dead", "resolved", "discarded"]);
    for (handler, by_status) in &stats.by_handler {
        let count = |status: &LetterStatus| by_status.get(status).copied().unwrap_or_default().to_string();
        let counts = LetterStatus::ALL.iter().map(count);
        rows.add_row(std::iter::once(handler.to_string()).chain(counts));
    }
    writeln!(out, "{rows}\n")
}

/// Letters one by one.
pub(crate) fn write_letters(out: &mut impl Write, letters: &[FailedEvent]) -> io::Result<()> {
    if letters.is_empty() {
        return writeln!(out, "There are no dead letters.\n");
    }
    let mut rows = table(["letter", "handler", "event", "attempts", "class", "error"]);
    for letter in letters {
        let error = letter.error.as_ref().map(ToString::to_string).unwrap_or_default();
        rows.add_row([
            letter.id.to_string(),
            letter.handler.to_string(),
            letter.event.to_string(),
            letter.attempts.to_string(),
            letter.class.to_string(),
            error,
        ]);
    }
    writeln!(out, "{rows}\n")
}
