//! Comparing what the store knows of a handler.
//!
//! The handler may run meanwhile, so the order of the looks matters: what must be at or before something
//! is read before it, and a letter whose marker seems to be missing is looked at again.

use std::collections::HashMap;

use super::super::DurableHandlers;
use super::{CheckFinding, HandlerCheck, PassedEvents};
use crate::dead_letter::DeadLetterQueue;
use crate::error::{Error, ErrorKind};
use crate::event::RecordedEvent;
use crate::id::{EventId, HandlerName, Position};
use crate::store::{
    EventFilter, EventStore, FailedEvent, HandlerRow, HandlerState, LetterId, LetterQuery, LetterStatus, LogQuery,
};

/// How many letters, or events, are read at once.
const PAGE: usize = 1_000;
/// The key of handlers that handle one event after the other: their lane itself waits.
const EVERYTHING: &str = "*";

pub(super) async fn check(
    handlers: &DurableHandlers,
    handler: HandlerName,
    events: EventFilter,
) -> Result<HandlerCheck, Error> {
    let Some(row) = handlers.get(&handler).await? else {
        let message = format!("the store knows no durable handler `{handler}`");
        return Err(Error::new(ErrorKind::NotFound, message));
    };
    let mut comparison = Comparison::new(handlers.store().clone(), row);
    comparison.read_markers(handlers).await?;
    comparison.read_letters().await?;
    let log_end = handlers.store().backend().log_end().await?;
    comparison.look_at_state(handlers).await?;
    comparison.look_at_lanes(log_end);
    comparison.look_at_markers(log_end);
    comparison.look_at_open_letters(handlers).await?;
    let events = comparison.count_events(events).await?;
    comparison.look_for_events().await?;
    let HandlerRow { name: handler, state, from, .. } = comparison.row;
    let (checkpoint, findings) = (comparison.checkpoint, comparison.findings);
    Ok(HandlerCheck { handler, state, from, checkpoint, log_end, events, findings })
}

struct Comparison {
    store: EventStore,
    letters: DeadLetterQueue,
    row: HandlerRow,
    /// Of the slowest lane.
    checkpoint: Position,
    /// From where each key waits.
    markers: HashMap<String, Position>,
    /// By the position of their events.
    known: HashMap<Position, Known>,
    open: Vec<Open>,
    findings: Vec<CheckFinding>,
}

/// What is kept of every letter.
struct Known {
    letter: LetterId,
    event_id: EventId,
    status: LetterStatus,
}

/// What is kept of a letter that is open, or was discarded and holds up what waits behind it.
struct Open {
    letter: LetterId,
    position: Position,
    partition: u32,
    key: Option<String>,
    held: bool,
    /// It has never been dead.
    first_cycle: bool,
}

impl Comparison {
    fn new(store: EventStore, row: HandlerRow) -> Self {
        let checkpoint = row.lanes.iter().map(|lane| lane.checkpoint).min().unwrap_or_default();
        let letters = DeadLetterQueue::new(store.clone());
        let (markers, known) = (HashMap::new(), HashMap::new());
        Self { store, letters, row, checkpoint, markers, known, open: Vec::new(), findings: Vec::new() }
    }

    async fn read_markers(&mut self, handlers: &DurableHandlers) -> Result<(), Error> {
        let parked = handlers.parked(&self.row.name).await?;
        self.markers = parked.into_iter().map(|parked| (parked.key, parked.from)).collect();
        Ok(())
    }

    async fn read_letters(&mut self) -> Result<(), Error> {
        let mut query = LetterQuery::new().handler(&self.row.name).with_limit(PAGE);
        loop {
            let page = self.letters.list(query.clone()).await?;
            for letter in &page {
                let known = Known { letter: letter.id, event_id: letter.event_id, status: letter.status };
                self.known.insert(letter.position, known);
                if letter.held || !letter.status.is_closed() {
                    self.open.push(Open::from(letter));
                }
            }
            match page.last() {
                Some(last) if page.len() == PAGE => query = query.after(last.id),
                _ => return Ok(()),
            }
        }
    }

    async fn look_at_state(&mut self, handlers: &DurableHandlers) -> Result<(), Error> {
        if self.row.state != HandlerState::Running {
            let (state, reason) = (self.row.state, self.row.reason.clone());
            self.findings.push(CheckFinding::Stopped { state, reason });
        }
        let processes = handlers.processes().await?;
        if !processes.iter().any(|process| process.handlers.contains(&self.row.name)) {
            self.findings.push(CheckFinding::Detached);
        }
        Ok(())
    }

    fn look_at_lanes(&mut self, log_end: Position) {
        for (lane, partition) in self.row.lanes.iter().zip(0_u32..) {
            if lane.partition != partition {
                let lanes = self.row.lanes.len();
                self.findings.push(CheckFinding::LaneMissing { partition, lanes });
                break;
            }
        }
        if self.row.lanes.is_empty() {
            self.findings.push(CheckFinding::LaneMissing { partition: 0, lanes: 0 });
        }
        for lane in self.row.lanes.iter().filter(|lane| lane.checkpoint > log_end) {
            let (partition, checkpoint) = (lane.partition, lane.checkpoint);
            self.findings.push(CheckFinding::CheckpointBeyondLog { partition, checkpoint, log_end });
        }
    }

    fn look_at_markers(&mut self, log_end: Position) {
        let mut earliest: HashMap<&str, Position> = HashMap::new();
        for open in &self.open {
            let Some(key) = open.key.as_deref() else { continue };
            earliest
                .entry(key)
                .and_modify(|position| *position = open.position.min(*position))
                .or_insert(open.position);
        }
        let mut markers: Vec<_> = self.markers.iter().collect();
        markers.sort();
        for (key, &from) in markers {
            let key = key.clone();
            if from > log_end.next() {
                self.findings.push(CheckFinding::MarkerBeyondLog { key, from, log_end });
            } else if earliest.get(key.as_str()).is_none_or(|position| *position >= from) {
                self.findings.push(CheckFinding::MarkerWithoutLetter { key, from });
            }
        }
    }

    async fn look_at_open_letters(&mut self, handlers: &DurableHandlers) -> Result<(), Error> {
        for open in std::mem::take(&mut self.open) {
            let Open { letter, position, partition, key, first_cycle, held } = open;
            if held {
                continue;
            }
            if !self.row.lanes.iter().any(|lane| lane.partition == partition) {
                self.findings.push(CheckFinding::LetterWithoutLane { letter, partition });
            }
            if position <= self.row.from {
                self.findings.push(CheckFinding::LetterBeforeStart { letter, position, from: self.row.from });
            }
            let Some(key) = key.filter(|key| !self.markers.contains_key(key)) else { continue };
            let lane = self.row.lanes.iter().find(|lane| lane.partition == partition);
            if key == EVERYTHING && lane.is_some_and(|lane| lane.checkpoint < position) {
                continue;
            }
            if first_cycle && key != EVERYTHING {
                if self.has_no_marker(handlers, letter, &key).await? {
                    self.findings.push(CheckFinding::LetterWithoutMarker { letter, key });
                }
            } else {
                self.findings.push(CheckFinding::NothingWaits { letter, key });
            }
        }
        Ok(())
    }

    /// Whether the marker is missing still, while the letter is open: it is written after the markers were
    /// read, or released and the letter closed, when the handler runs meanwhile.
    async fn has_no_marker(&self, handlers: &DurableHandlers, letter: LetterId, key: &str) -> Result<bool, Error> {
        let markers = handlers.parked(&self.row.name).await?;
        let letter = self.letters.get(letter).await?;
        let is_open = letter.is_some_and(|letter| letter.status == LetterStatus::Retrying);
        Ok(is_open && !markers.iter().any(|marker| marker.key == key))
    }

    /// Goes through the log from where the handler began to its checkpoint.
    async fn count_events(&mut self, filter: EventFilter) -> Result<PassedEvents, Error> {
        let mut counts = PassedEvents::default();
        let mut query = LogQuery::new().after(self.row.from).with_filter(filter).with_limit(PAGE);
        loop {
            let page = self.store.read_log(query.clone()).await?;
            for event in page.events() {
                if event.position() > self.checkpoint {
                    return Ok(counts);
                }
                self.count(event, &mut counts);
            }
            match page.next().filter(|next| *next < self.checkpoint) {
                Some(next) => query = query.after(next),
                None => return Ok(counts),
            }
        }
    }

    fn count(&mut self, event: &RecordedEvent, counts: &mut PassedEvents) {
        let position = event.position();
        let known = self.known.get(&position).filter(|known| known.event_id == event.metadata().event_id());
        let count = match known.map(|known| known.status) {
            Some(LetterStatus::Retrying) => &mut counts.retrying,
            Some(LetterStatus::Dead) => &mut counts.dead,
            Some(LetterStatus::Resolved) => &mut counts.resolved,
            Some(LetterStatus::Discarded) => &mut counts.discarded,
            None if self.waits(event) => &mut counts.waiting,
            None => &mut counts.passed,
        };
        *count += 1;
        if known.is_some() {
            // Its event is there.
            self.known.remove(&position);
        }
    }

    fn waits(&self, event: &RecordedEvent) -> bool {
        // Most handlers have nothing parked, and then no text is made.
        !self.markers.is_empty()
            && self.markers.get(&event.stream().to_string()).is_some_and(|from| event.position() >= *from)
    }

    /// Looks for the events of letters that weren't met on the way.
    async fn look_for_events(&mut self) -> Result<(), Error> {
        let mut left: Vec<_> = std::mem::take(&mut self.known).into_iter().collect();
        left.sort_by_key(|(position, _)| *position);
        for (position, Known { letter, event_id, .. }) in left {
            let Some(found) = self.letters.get(letter).await? else { continue };
            match self.letters.event(&found).await {
                Ok(_) => {}
                Err(error) if error.is_not_found() => {
                    self.findings.push(CheckFinding::LetterWithoutEvent { letter, event_id, position });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl From<&FailedEvent> for Open {
    fn from(letter: &FailedEvent) -> Self {
        let lane = letter.lane.as_ref();
        Self {
            letter: letter.id,
            position: letter.position,
            partition: lane.map_or(0, |lane| lane.partition),
            key: lane.and_then(|lane| lane.key.clone()),
            held: letter.held,
            first_cycle: letter.status == LetterStatus::Retrying && letter.attempts_before == 0,
        }
    }
}
