//! `status`: how the store is, at a glance, and for monitoring.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use chrono::{DateTime, Utc};
use events::store::{HeldBack, LetterStatus, ProcessRow};
use events::{DeadLetterQueue, DurableHandlers, EventStore, Position};
use serde::Serialize;

use crate::args::StatusArgs;
use crate::failure::{Failure, Found};
use crate::handlers::row::{self, State};
use crate::out::{Out, View};
use crate::text;

mod condition;

pub(crate) use condition::Conditions;
use condition::Measured;

pub(crate) async fn run(store: &EventStore, args: &StatusArgs, out: &mut Out<'_>) -> Result<Found, Failure> {
    let mut status = look(store).await?;
    status.failed = args.fail_if.iter().flat_map(|conditions| conditions.met(&status.measured())).collect();
    out.show(&status)?;
    Ok(if status.failed.is_empty() { Found::Fine } else { Found::Wrong })
}

async fn look(store: &EventStore) -> Result<Status, Failure> {
    let (events, letters) = (store.stats().await?, DeadLetterQueue::new(store.clone()).stats().await?);
    let handlers = row::read(store).await?;
    let processes = DurableHandlers::new(store.clone()).processes().await?;
    let in_state = |state| count(handlers.iter().filter(|row| row.state == state));
    let letters_of = |status| letters.by_status.get(&status).copied().unwrap_or(0);
    Ok(Status {
        events: events.events,
        streams: events.streams,
        snapshots: events.snapshots,
        log_end: events.last_position,
        held_back: store.held_back().await?.map(Held::from),
        handlers: Handlers {
            running: in_state(State::Running),
            paused: in_state(State::Paused),
            halted: in_state(State::Halted),
            detached: count(handlers.iter().filter(|row| row.detached)),
            parked: handlers.iter().map(|row| row.parked).sum(),
            behind: handlers.iter().map(|row| row.lag).max().unwrap_or(0),
            lag_seconds: handlers.iter().filter_map(|row| row.oldest_seconds).max().unwrap_or(0),
        },
        letters: LetterStatus::ALL.into_iter().map(|status| (status, letters_of(status))).collect(),
        oldest_open_letter: letters.oldest_open,
        processes: processes.into_iter().map(Process::from).collect(),
        failed: Vec::new(),
    })
}

fn count<T>(items: impl Iterator<Item = T>) -> u64 {
    u64::try_from(items.count()).unwrap_or(u64::MAX)
}

#[derive(Serialize)]
struct Status {
    events: u64,
    streams: u64,
    snapshots: u64,
    log_end: Position,
    /// The open transaction that readers of the log wait for.
    held_back: Option<Held>,
    handlers: Handlers,
    letters: BTreeMap<LetterStatus, u64>,
    oldest_open_letter: Option<DateTime<Utc>>,
    processes: Vec<Process>,
    /// The conditions of `--fail-if` that hold.
    failed: Vec<String>,
}

#[derive(Serialize)]
struct Handlers {
    running: u64,
    paused: u64,
    halted: u64,
    /// Declared by no process that is alive, whatever their state.
    detached: u64,
    /// Keys that wait behind a letter, of all handlers.
    parked: u64,
    /// Of the handler that is farthest behind, in positions.
    behind: u64,
    /// The same in time: for how long its first event that isn't handled has been recorded.
    lag_seconds: u64,
}

#[derive(Serialize)]
struct Held {
    after: Position,
    positions: u64,
    by: String,
    since: Option<DateTime<Utc>>,
}

impl From<HeldBack> for Held {
    fn from(held: HeldBack) -> Self {
        Self { after: held.after, positions: held.positions, by: held.by, since: held.since }
    }
}

#[derive(Serialize)]
struct Process {
    process: String,
    build: String,
    handlers: usize,
    started_at: DateTime<Utc>,
}

impl From<ProcessRow> for Process {
    fn from(row: ProcessRow) -> Self {
        let handlers = row.handlers.len();
        Self { process: row.process.to_string(), build: row.build, handlers, started_at: row.started_at }
    }
}

impl Status {
    fn measured(&self) -> Measured {
        let letters = |status| self.letters.get(&status).copied().unwrap_or(0);
        let age = |time: DateTime<Utc>| (Utc::now() - time).to_std().unwrap_or_default();
        Measured {
            dead: letters(LetterStatus::Dead),
            retrying: letters(LetterStatus::Retrying),
            parked: self.handlers.parked,
            paused: self.handlers.paused,
            halted: self.handlers.halted,
            detached: self.handlers.detached,
            processes: count(self.processes.iter()),
            behind: self.handlers.behind,
            lag: Duration::from_secs(self.handlers.lag_seconds),
            oldest_letter: self.oldest_open_letter.map(age).unwrap_or_default(),
        }
    }
}

impl View for Status {
    fn print(&self, out: &mut Out<'_>) -> io::Result<()> {
        let (events, streams) = (text::count(self.events, "event"), text::count(self.streams, "stream"));
        let snapshots = text::count(self.snapshots, "snapshot");
        out.line(format_args!("log        {events} in {streams}, up to position {}; {snapshots}", self.log_end))?;
        if let Some(Held { after, positions, by, since }) = &self.held_back {
            let since = since.map(|since| format!(", for {}", text::ago(since))).unwrap_or_default();
            out.line(format_args!("           {positions} positions after {after} wait for {by}{since}"))?;
        }
        let Handlers { running, paused, halted, detached, parked, behind, lag_seconds } = self.handlers;
        out.line(format_args!("handlers   {running} running, {paused} paused, {halted} halted, {detached} detached"))?;
        let (lag, waiting) = (text::short(Duration::from_secs(lag_seconds)), text::count(parked, "key"));
        out.line(format_args!("           at most {behind} positions and {lag} behind; {waiting} waiting"))?;
        let letters: Vec<_> = self.letters.iter().map(|(status, count)| format!("{count} {status}")).collect();
        let oldest = self.oldest_open_letter.map(|time| format!("; the oldest open one is {} old", text::ago(time)));
        out.line(format_args!("letters    {}{}", letters.join(", "), oldest.unwrap_or_default()))?;
        if self.processes.is_empty() {
            out.line("processes  none is alive")?;
        }
        for (process, label) in self.processes.iter().zip(["processes"].into_iter().chain(std::iter::repeat(""))) {
            let Process { process, build, handlers, started_at } = process;
            let (up, handlers) = (text::ago(*started_at), text::count(*handlers as u64, "durable handler"));
            let build = if build.is_empty() { String::new() } else { format!(" ({build})") };
            out.line(format_args!("{label:<10} {process}{build}, up for {up}, {handlers}"))?;
        }
        self.failed.iter().try_for_each(|failed| out.line(format_args!("FAILED     {failed}")))
    }
}
