//! `dead-letters redrive`: some letters at once, or a run over many.

use std::collections::BTreeMap;
use std::io;
use std::num::NonZeroU32;

use events::dead_letter::RunPlan;
use events::store::{LetterId, LetterQuery, OperationState, RunPace};
use events::{DeadLetterQueue, EventStore, HandlerName};
use serde::Serialize;

use super::args::RedriveArgs;
use super::change::{self, Change};
use crate::confirm::confirm;
use crate::failure::{Failure, Found};
use crate::open;
use crate::out::{Out, View};
use crate::{runs, text};

pub(super) async fn run(
    store: &EventStore,
    queue: &DeadLetterQueue,
    args: &RedriveArgs,
    out: &mut Out<'_>,
) -> Result<Found, Failure> {
    let RedriveArgs { rate, stop_after, dry_run, wait, change } = args;
    let paced = rate.is_some() || stop_after.is_some() || *dry_run || *wait;
    if !change.letters.is_empty() && !paced {
        return change::run(store, queue, Change::Redrive, change, out).await;
    }
    let letters = change::chosen(queue, Change::Redrive, change).await?;
    let plan = queue.plan_run(letters.clone()).await?;
    if *dry_run {
        out.show(&Plan::from(plan))?;
        return Ok(Found::Fine);
    }
    let audit = open::audit(&change.why)?;
    if !change.yes && change.letters.is_empty() {
        if !out.is_json() {
            change::groups(queue, letters.clone()).await?.print(out)?;
        }
        confirm(false, &Plan::from(plan.clone()).summary("would be redriven"))?;
    }
    begin(queue, letters, pace(*rate, *stop_after), audit, plan, *wait, out).await
}

fn pace(rate: Option<NonZeroU32>, stop_after: Option<NonZeroU32>) -> RunPace {
    let pace = rate.map_or_else(RunPace::new, |rate| RunPace::new().per_minute(rate));
    stop_after.map_or(pace, |failures| pace.stop_after(failures))
}

async fn begin(
    queue: &DeadLetterQueue,
    letters: LetterQuery,
    pace: RunPace,
    audit: events::Audit,
    plan: RunPlan,
    wait: bool,
    out: &mut Out<'_>,
) -> Result<Found, Failure> {
    let Some(run) = queue.start_run(letters, pace, audit).await? else {
        return Err(Failure::refused("there are no dead letters to redrive, or another run has them already"));
    };
    if !wait || !plan.without_process.is_empty() {
        let (run, state, total) = (run.operation.id, run.operation.state, run.progress.total);
        out.show(&Begun { run, state, total, unattended: plan.without_process })?;
        // Nobody would come to carry it out while we wait.
        return Ok(if wait { Found::Wrong } else { Found::Fine });
    }
    runs::show(runs::wait(queue, run.operation.id).await?, out)
}

/// What a run would do.
#[derive(Serialize)]
struct Plan {
    letters: Vec<LetterId>,
    by_handler: BTreeMap<HandlerName, u64>,
    streams: u64,
    parked: u64,
    unattended: Vec<HandlerName>,
}

impl From<RunPlan> for Plan {
    fn from(plan: RunPlan) -> Self {
        let RunPlan { letters, by_handler, streams, parked, without_process, .. } = plan;
        Self { letters, by_handler, streams, parked, unattended: without_process }
    }
}

impl Plan {
    fn summary(&self, what: &str) -> String {
        let letters = text::count(self.letters.len() as u64, "letter");
        let (streams, keys) = (text::count(self.streams, "stream"), text::count(self.parked, "key"));
        format!("{letters} of {streams} {what}, and {keys} would be released behind them")
    }
}

impl View for Plan {
    fn print(&self, out: &mut Out<'_>) -> io::Result<()> {
        out.line(format_args!("{}.", self.summary("would be redriven")))?;
        for (handler, letters) in &self.by_handler {
            out.line(format_args!("  {letters:>9}  {handler}"))?;
        }
        let order: Vec<_> = self.letters.iter().take(20).map(ToString::to_string).collect();
        let more = if self.letters.len() > order.len() { ", …; --json has all" } else { "" };
        if !order.is_empty() {
            out.line(format_args!("In this order: {}{more}", order.join(", ")))?;
        }
        say_unattended(&self.unattended, out)
    }
}

#[derive(Serialize)]
struct Begun {
    run: events::store::OperationId,
    state: OperationState,
    total: u64,
    /// Handlers that no live process declares: their letters wait for one.
    unattended: Vec<HandlerName>,
}

impl View for Begun {
    fn print(&self, out: &mut Out<'_>) -> io::Result<()> {
        let Self { run, total, .. } = self;
        let letters = text::count(*total, "letter");
        out.line(format_args!("Run {run} has {letters}; `events runs show {run} --wait` follows it."))?;
        say_unattended(&self.unattended, out)
    }
}

pub(super) fn say_unattended(handlers: &[HandlerName], out: &mut Out<'_>) -> io::Result<()> {
    handlers
        .iter()
        .try_for_each(|handler| out.line(format_args!("No live process declares {handler}: its letters wait for one.")))
}
