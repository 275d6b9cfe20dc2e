//! A durable handler, as far as the store knows it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use events::store::{HandlerRow, HandlerState, LetterStatus};
use events::{DeadLetterQueue, DurableHandlers, EventStore, HandlerName, Position};
use serde::Serialize;

use crate::failure::Failure;

/// Whether a handler runs, seen from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Running,
    Paused,
    Halted,
    /// It would run, but no process that is alive declares it.
    Detached,
}

impl State {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Halted => "halted",
            Self::Detached => "detached",
        }
    }
}

/// A line of the table.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) handler: HandlerName,
    pub(crate) state: State,
    pub(crate) why: Option<String>,
    pub(crate) since: DateTime<Utc>,
    /// Whether no process that is alive declares it, whatever its state.
    pub(crate) detached: bool,
    /// Of the slowest lane.
    pub(crate) checkpoint: Position,
    /// Positions between the slowest lane and the end of the log.
    pub(crate) lag: u64,
    /// For how long the first event behind the checkpoint has been recorded.
    pub(crate) oldest_seconds: Option<u64>,
    /// Positions a second from one look to the next; null in the first.
    pub(crate) rate: Option<f64>,
    pub(crate) retrying: u64,
    pub(crate) dead: u64,
    pub(crate) parked: u64,
    pub(crate) lanes: usize,
    pub(crate) owners: Vec<String>,
    pub(crate) build: String,
}

/// All handlers, by name.
pub(crate) async fn read(store: &EventStore) -> Result<Vec<Row>, Failure> {
    let handlers = DurableHandlers::new(store.clone());
    let letters = DeadLetterQueue::new(store.clone()).stats().await?;
    let processes = handlers.processes().await?;
    let lags: BTreeMap<_, _> = handlers.lag().await?.into_iter().map(|lag| (lag.handler.clone(), lag)).collect();
    let mut rows = Vec::new();
    for row in handlers.list().await? {
        let detached = !processes.iter().any(|process| process.handlers.contains(&row.name));
        let lag = lags.get(&row.name);
        let count = |status| letters.by_handler.get(&row.name).and_then(|by| by.get(&status)).copied().unwrap_or(0);
        let (state, why) = state(&row, detached);
        rows.push(Row {
            state,
            why,
            since: row.since,
            detached,
            checkpoint: row.lanes.iter().map(|lane| lane.checkpoint).min().unwrap_or_default(),
            lag: lag.map_or(0, |lag| lag.positions),
            oldest_seconds: lag.and_then(|lag| lag.oldest).map(|oldest| oldest.as_secs()),
            rate: None,
            retrying: count(LetterStatus::Retrying),
            dead: count(LetterStatus::Dead),
            parked: row.parked,
            lanes: row.lanes.len(),
            owners: owners(&row),
            build: row.build,
            handler: row.name,
        });
    }
    Ok(rows)
}

fn state(row: &HandlerRow, detached: bool) -> (State, Option<String>) {
    match row.state {
        HandlerState::Paused => (State::Paused, row.reason.clone()),
        HandlerState::Halted => (State::Halted, row.reason.clone()),
        _ if detached => (State::Detached, Some("no live process declares it".to_owned())),
        _ if row.lanes.iter().all(|lane| lane.owner.is_none()) => {
            (State::Running, Some("no process has taken it up yet".to_owned()))
        }
        _ => (State::Running, None),
    }
}

/// The processes that hold its lanes.
pub(crate) fn owners(row: &HandlerRow) -> Vec<String> {
    let mut owners: Vec<_> = row.lanes.iter().filter_map(|lane| Some(lane.owner.as_ref()?.to_string())).collect();
    owners.sort();
    owners.dedup();
    owners
}
