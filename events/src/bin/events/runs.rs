//! `runs`: dead letters that are tried again one after the other.

use std::io;

use chrono::{DateTime, Utc};
use events::dead_letter::Run;
use events::store::{OperationId, OperationState};
use events::{DeadLetterQueue, EventStore, HandlerName, ProcessId};
use serde::Serialize;

use crate::args::RunsCommand;
use crate::failure::{Failure, Found};
use crate::open;
use crate::out::{Out, View};
use crate::text::{self, NONE};

mod progress;

pub(crate) use progress::{wait, wait_for};

pub(crate) async fn run(store: &EventStore, command: &RunsCommand, out: &mut Out<'_>) -> Result<Found, Failure> {
    let queue = DeadLetterQueue::new(store.clone());
    match command {
        RunsCommand::List => {
            out.show(&Runs { runs: queue.runs().await?.into_iter().map(Row::from).collect() })?;
            Ok(Found::Fine)
        }
        RunsCommand::Show { run, wait: true } => {
            let run = wait(&queue, *run).await?;
            show(run, out)
        }
        RunsCommand::Show { run, wait: false } => {
            let found = queue.run(*run).await?;
            out.show(&Row::from(found.ok_or_else(|| unknown(*run))?))?;
            Ok(Found::Fine)
        }
        RunsCommand::Stop { run, why } => {
            queue.stop_run(*run, open::audit(why)?).await?;
            let stopped = queue.run(*run).await?;
            out.show(&Row::from(stopped.ok_or_else(|| unknown(*run))?))?;
            Ok(Found::Fine)
        }
    }
}

pub(crate) fn unknown(run: OperationId) -> Failure {
    Failure::refused(format!("there is no run {run}: `runs list` shows them"))
}

/// Shows a run that has ended, and says whether all went well.
pub(crate) fn show(run: Run, out: &mut Out<'_>) -> Result<Found, Failure> {
    let well = run.operation.state == OperationState::Done && run.progress.failed == 0;
    out.show(&Row::from(run))?;
    Ok(if well { Found::Fine } else { Found::Wrong })
}

#[derive(Serialize)]
struct Runs {
    runs: Vec<Row>,
}

/// A run, and how far it is.
#[derive(Serialize)]
pub(crate) struct Row {
    run: OperationId,
    state: OperationState,
    /// If all of its letters are of one.
    handler: Option<HandlerName>,
    by: String,
    reason: String,
    at: DateTime<Utc>,
    per_minute: Option<u32>,
    stop_after: u32,
    total: u64,
    waiting: u64,
    retrying: u64,
    resolved: u64,
    failed: u64,
    discarded: u64,
    /// Redriven by somebody else meanwhile, or removed.
    gone: u64,
    owner: Option<ProcessId>,
    result: Option<String>,
    finished_at: Option<DateTime<Utc>>,
}

impl From<Run> for Row {
    fn from(run: Run) -> Self {
        let Run { operation, pace, progress, .. } = run;
        Self {
            run: operation.id,
            state: operation.state,
            handler: operation.handler,
            by: operation.by,
            reason: operation.reason,
            at: operation.at,
            per_minute: pace.most_per_minute().map(Into::into),
            stop_after: pace.stops_after().into(),
            total: progress.total,
            waiting: progress.waiting,
            retrying: progress.retrying,
            resolved: progress.resolved,
            failed: progress.failed,
            discarded: progress.discarded,
            gone: progress.gone(),
            owner: operation.owner,
            result: operation.result,
            finished_at: operation.finished_at,
        }
    }
}

impl View for Runs {
    fn print(&self, out: &mut Out<'_>) -> io::Result<()> {
        let rows = self.runs.iter().map(|row| {
            [
                row.run.to_string(),
                row.state.to_string(),
                row.handler.as_ref().map_or_else(|| "several".to_owned(), ToString::to_string),
                row.total.to_string(),
                row.waiting.to_string(),
                row.resolved.to_string(),
                row.failed.to_string(),
                text::time(row.at),
                row.by.clone(),
                row.owner.as_ref().map_or_else(|| NONE.to_owned(), ToString::to_string),
                row.reason.clone(),
            ]
        });
        let header =
            ["RUN", "STATE", "HANDLER", "LETTERS", "WAITING", "RESOLVED", "FAILED", "SINCE", "BY", "OWNER", "REASON"];
        out.table(header, rows.collect(), "There are no runs.")
    }
}

impl View for Row {
    fn print(&self, out: &mut Out<'_>) -> io::Result<()> {
        let Self { run, state, total, waiting, retrying, resolved, failed, .. } = self;
        let letters = text::count(*total, "letter");
        out.line(format_args!(
            "Run {run} of {letters} is {state}: {resolved} resolved, {failed} failed, {retrying} being tried, {waiting} waiting."
        ))?;
        match &self.result {
            Some(result) => out.line(format_args!("Result: {result}")),
            None => Ok(()),
        }
    }
}
