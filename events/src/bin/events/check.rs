//! `check`: whether anything of a handler is missing.

use std::io;

use events::delivery::{CheckFinding, HandlerCheck};
use events::store::{EventFilter, HandlerState};
use events::{DurableHandlers, EventStore, HandlerName, Position};
use serde::Serialize;

use crate::args::CheckArgs;
use crate::failure::{Failure, Found};
use crate::out::{Out, View};
use crate::text;

/// How many notes a person gets to see; what is wrong is shown whole.
const MOST_NOTES: usize = 20;

pub(crate) async fn run(store: &EventStore, args: &CheckArgs, out: &mut Out<'_>) -> Result<Found, Failure> {
    let events = args.event.iter().fold(EventFilter::new(), |filter, name| filter.name(name.as_str()));
    let check = DurableHandlers::new(store.clone()).check(args.handler.as_str(), events).await?;
    out.show(&Report::new(&check, !args.event.is_empty()))?;
    Ok(if check.is_sound() { Found::Fine } else { Found::Wrong })
}

#[derive(Serialize)]
struct Report {
    handler: HandlerName,
    state: HandlerState,
    from: Position,
    checkpoint: Position,
    log_end: Position,
    sound: bool,
    events: Counts,
    findings: Vec<Finding>,
    #[serde(skip)]
    by_name: bool,
}

#[derive(Serialize)]
struct Counts {
    total: u64,
    passed: u64,
    resolved: u64,
    retrying: u64,
    dead: u64,
    discarded: u64,
    waiting: u64,
}

#[derive(Serialize)]
struct Finding {
    wrong: bool,
    what: String,
    advice: &'static str,
}

impl Report {
    fn new(check: &HandlerCheck, by_name: bool) -> Self {
        let events = check.events;
        Self {
            handler: check.handler.clone(),
            state: check.state,
            from: check.from,
            checkpoint: check.checkpoint,
            log_end: check.log_end,
            sound: check.is_sound(),
            events: Counts {
                total: events.total(),
                passed: events.passed,
                resolved: events.resolved,
                retrying: events.retrying,
                dead: events.dead,
                discarded: events.discarded,
                waiting: events.waiting,
            },
            findings: check.findings.iter().map(Finding::from).collect(),
            by_name,
        }
    }
}

impl From<&CheckFinding> for Finding {
    fn from(finding: &CheckFinding) -> Self {
        Self { wrong: finding.is_wrong(), what: finding.to_string(), advice: finding.advice() }
    }
}

impl View for Report {
    fn print(&self, out: &mut Out<'_>) -> io::Result<()> {
        let Self { handler, state, from, checkpoint, log_end, .. } = self;
        out.line(format_args!(
            "{handler} is {state}; it began after {from}, its checkpoint is {checkpoint}, the log ends at {log_end}"
        ))?;
        let Counts { total, passed, resolved, retrying, dead, discarded, waiting } = self.events;
        let passed_as = if self.by_name { "handled at the first attempt" } else { "handled, or not taken by it" };
        out.line(format_args!("{} up to the checkpoint:", text::count(total, "event")))?;
        let counts = [
            (passed, passed_as),
            (resolved, "handled after failed attempts"),
            (retrying, "in letters that are retrying"),
            (dead, "in dead letters"),
            (waiting, "waiting behind a letter of their stream"),
            (discarded, "given up by an operator"),
        ];
        for (count, what) in counts {
            out.line(format_args!("  {count:>9}  {what}"))?;
        }
        self.print_findings(out)
    }
}

impl Report {
    fn print_findings(&self, out: &mut Out<'_>) -> io::Result<()> {
        let (wrong, notes): (Vec<_>, Vec<_>) = self.findings.iter().partition(|finding| finding.wrong);
        for finding in &wrong {
            out.line(format_args!("WRONG: {}", finding.what))?;
            out.line(format_args!("  what to do: {}", finding.advice))?;
        }
        for finding in notes.iter().take(MOST_NOTES) {
            out.line(format_args!("note: {}", finding.what))?;
            out.line(format_args!("  what to do: {}", finding.advice))?;
        }
        if let Some(more) = notes.len().checked_sub(MOST_NOTES).filter(|more| *more > 0) {
            out.line(format_args!("and {more} more notes; --json has them all"))?;
        }
        match wrong.len() {
            0 => out.line("Nothing is missing."),
            1 => out.line("1 thing is wrong."),
            many => out.line(format_args!("{many} things are wrong.")),
        }
    }
}
