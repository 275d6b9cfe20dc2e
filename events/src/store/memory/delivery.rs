//! Durable handlers: their rows, lanes and parked keys, and the processes that run them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::letters::Letters;
use crate::clock;
use crate::error::Error;
use crate::handler::BeginsAt;
use crate::id::{HandlerName, Position, ProcessId};
use crate::store::{
    Beat, ClaimLanes, HandlerAction, HandlerChange, HandlerDeclaration, HandlerRow, HandlerState, Lane, LaneAnswer,
    LaneLease, LaneRow, LaneWrite, ParkedKey, ProcessRow, RegisterHandlers, limits,
};

#[derive(Default)]
pub(super) struct Handlers {
    handlers: BTreeMap<HandlerName, Handler>,
    /// The last epochs of names that are no handler's any more.
    former: BTreeMap<HandlerName, u64>,
    processes: BTreeMap<ProcessId, ProcessRow>,
}

struct Handler {
    row: HandlerRow,
    /// By partition and key.
    parked: BTreeMap<(u32, String), Position>,
}

impl Handlers {
    pub(super) fn register(
        &mut self,
        register: RegisterHandlers,
        end: Position,
        letters: &mut Letters,
    ) -> Result<Vec<HandlerRow>, Error> {
        limits::check_declarations(&register.handlers)?;
        let at = clock::cut(register.at);
        Ok(register.handlers.into_iter().map(|declared| self.declare(declared, at, end, letters)).collect())
    }

    fn declare(
        &mut self,
        declared: HandlerDeclaration,
        at: DateTime<Utc>,
        end: Position,
        letters: &mut Letters,
    ) -> HandlerRow {
        let name = &declared.name;
        let epoch = self.former.get(name).copied().unwrap_or(0);
        if !self.handlers.contains_key(name)
            && let Some(old) = &declared.renamed_from
            && let Some(mut known) = self.forget(old)
        {
            known.row.name = name.clone();
            for lane in &mut known.row.lanes {
                lane.epoch = lane.epoch.max(epoch) + 1;
                free(lane);
            }
            self.handlers.insert(name.clone(), known);
            letters.rename(old, name);
        }
        let previous = declared.previous.as_ref().and_then(|previous| self.handlers.get(previous));
        let replay_until = previous.map_or(Position::START, Handler::handled_before);
        let new = || Handler::new(&declared, epoch, at, end, replay_until);
        let handler = self.handlers.entry(name.clone()).or_insert_with(new);
        handler.row.build = declared.build;
        handler.row()
    }

    /// Takes a handler away. Whoever bears its name later has other epochs, so that what the owners
    /// of now write is lost then too.
    fn forget(&mut self, name: &HandlerName) -> Option<Handler> {
        let handler = self.handlers.remove(name)?;
        let epoch = handler.row.lanes.iter().map(|lane| lane.epoch).max().unwrap_or(0);
        self.former.insert(name.clone(), epoch);
        Some(handler)
    }

    pub(super) fn rows(&self) -> Vec<HandlerRow> {
        self.handlers.values().map(Handler::row).collect()
    }

    pub(super) fn parked(&self, handler: &HandlerName) -> Vec<ParkedKey> {
        let parked = self.handlers.get(handler).into_iter().flat_map(|handler| &handler.parked);
        parked.map(|((_, key), from)| ParkedKey { key: key.clone(), from: *from }).collect()
    }

    /// Whether the handler is known.
    pub(super) fn change(&mut self, change: &HandlerChange) -> Result<bool, Error> {
        let alive = self.processes(change.at);
        let Some(handler) = self.handlers.get_mut(&change.handler) else { return Ok(false) };
        limits::check_removal(change, &alive)?;
        let at = clock::cut(change.at);
        match change.action {
            HandlerAction::Pause => handler.enter(HandlerState::Paused, Some(change.reason.clone()), at),
            HandlerAction::Resume => handler.enter(HandlerState::Running, None, at),
            HandlerAction::Reset { to } => handler.reset(to),
            HandlerAction::Rebuild => handler.rebuild(),
            HandlerAction::Remove => drop(self.forget(&change.handler)),
        }
        Ok(true)
    }

    pub(super) fn beat(&mut self, beat: Beat) -> Vec<Lane> {
        let (at, until) = (clock::cut(beat.at), clock::cut(beat.until));
        let Beat { process, build, handlers, .. } = beat;
        self.processes.retain(|_, known| known.until > at);
        let started_at = self.processes.get(&process).map_or(at, |known| known.started_at);
        let row = ProcessRow { process: process.clone(), build, handlers, started_at, until };
        self.processes.insert(process.clone(), row);
        let mut held = Vec::new();
        for Handler { row, .. } in self.handlers.values_mut() {
            for lane in row.lanes.iter_mut().filter(|lane| lane.owner.as_ref() == Some(&process)) {
                lane.lease_until = Some(until);
                if row.state == HandlerState::Running {
                    held.push(Lane { handler: row.name.clone(), partition: lane.partition, epoch: lane.epoch });
                }
            }
        }
        held
    }

    pub(super) fn is_alive(&self, process: &ProcessId, now: DateTime<Utc>) -> bool {
        self.processes.get(process).is_some_and(|row| row.until > now)
    }

    pub(super) fn processes(&self, now: DateTime<Utc>) -> Vec<ProcessRow> {
        self.processes.values().filter(|process| process.until > now).cloned().collect()
    }

    pub(super) fn end_process(&mut self, process: &ProcessId) {
        self.processes.remove(process);
        let lanes = self.handlers.values_mut().flat_map(|handler| &mut handler.row.lanes);
        lanes.filter(|lane| lane.owner.as_ref() == Some(process)).for_each(free);
    }

    pub(super) fn claim(&mut self, claim: &ClaimLanes) -> Vec<LaneLease> {
        let mut open: Vec<_> = self.handlers.values().flat_map(|handler| handler.open_lanes(claim)).collect();
        open.sort();
        let lane = |(_, handler, partition)| self.handlers.get_mut(&handler)?.take(partition, claim);
        open.into_iter().take(claim.limit).filter_map(lane).collect()
    }

    pub(super) fn release(&mut self, lanes: &[Lane]) {
        for lane in lanes {
            if let Some(row) = self.handlers.get_mut(&lane.handler).and_then(|handler| handler.held(lane)) {
                free(row);
            }
        }
    }

    pub(super) fn write(&mut self, write: LaneWrite, letters: &mut Letters) -> Result<LaneAnswer, Error> {
        limits::check_lane_write(&write)?;
        let Some(handler) = self.handlers.get_mut(&write.lane.handler) else { return Ok(LaneAnswer::Lost) };
        let Some(lane) = handler.held(&write.lane) else { return Ok(LaneAnswer::Lost) };
        if write.advance.is_some_and(|advance| advance.from != lane.checkpoint) {
            return Ok(LaneAnswer::Lost);
        }
        // The last that can fail, and it does so before it has changed anything.
        let ids = letters.write(write.letters)?;
        if let Some(advance) = write.advance {
            lane.checkpoint = advance.to;
        }
        for attempt in write.attempts {
            letters.finish_in_lane(attempt, &write.build, write.at);
        }
        let partition = write.lane.partition;
        for key in write.release {
            handler.parked.remove(&(partition, key));
        }
        for ParkedKey { key, from } in write.park {
            handler.parked.insert((partition, key), from);
        }
        if let Some(reason) = write.halt {
            handler.enter(HandlerState::Halted, Some(reason), clock::cut(write.at));
        }
        Ok(LaneAnswer::Written { letters: ids })
    }
}

impl Handler {
    fn new(
        declared: &HandlerDeclaration,
        epoch: u64,
        at: DateTime<Utc>,
        end: Position,
        replay_until: Position,
    ) -> Self {
        let from = match declared.begins {
            BeginsAt::Start => Position::START,
            BeginsAt::Now => end,
        };
        let lane = |partition| LaneRow { partition, checkpoint: from, epoch, owner: None, lease_until: None };
        let row = HandlerRow {
            name: declared.name.clone(),
            begins: declared.begins,
            from,
            state: HandlerState::Running,
            reason: None,
            since: at,
            build: declared.build.clone(),
            lanes: (0..declared.partitions).map(lane).collect(),
            parked: 0,
            replay_until,
        };
        Self { row, parked: BTreeMap::new() }
    }

    fn row(&self) -> HandlerRow {
        HandlerRow { parked: u64::try_from(self.parked.len()).unwrap_or(u64::MAX), ..self.row.clone() }
    }

    fn enter(&mut self, state: HandlerState, reason: Option<String>, at: DateTime<Utc>) {
        if self.row.state != state {
            self.row.since = at;
        }
        self.row.state = state;
        self.row.reason = reason;
    }

    fn reset(&mut self, to: Position) {
        self.parked.clear();
        for lane in &mut self.row.lanes {
            lane.checkpoint = to;
            lane.epoch += 1;
            free(lane);
        }
    }

    fn rebuild(&mut self) {
        self.row.replay_until = self.handled_before();
        self.reset(self.row.from);
    }

    /// Up to where all of its lanes have passed the log, now or before an earlier rebuild.
    fn handled_before(&self) -> Position {
        let slowest = self.row.lanes.iter().map(|lane| lane.checkpoint).min().unwrap_or(self.row.from);
        self.row.replay_until.max(slowest)
    }

    /// The lane, if it is still in the hands that name it.
    fn held(&mut self, lane: &Lane) -> Option<&mut LaneRow> {
        let mine =
            |row: &&mut LaneRow| row.partition == lane.partition && row.epoch == lane.epoch && row.owner.is_some();
        self.row.lanes.iter_mut().find(mine)
    }

    /// The lanes that a claim may take, so that those come first that it should take first.
    fn open_lanes(&self, claim: &ClaimLanes) -> Vec<(Option<DateTime<Utc>>, HandlerName, u32)> {
        if self.row.state != HandlerState::Running || !claim.handlers.contains(&self.row.name) {
            return Vec::new();
        }
        let is_open = |lane: &&LaneRow| {
            lane.lease_until.is_none_or(|until| until <= claim.now) && lane.owner.as_ref() != Some(&claim.owner)
        };
        let lanes = self.row.lanes.iter().filter(is_open);
        lanes.map(|lane| (lane.lease_until, self.row.name.clone(), lane.partition)).collect()
    }

    fn take(&mut self, partition: u32, claim: &ClaimLanes) -> Option<LaneLease> {
        let partitions = u32::try_from(self.row.lanes.len()).unwrap_or(u32::MAX);
        let row = self.row.lanes.iter_mut().find(|lane| lane.partition == partition)?;
        row.epoch += 1;
        row.owner = Some(claim.owner.clone());
        row.lease_until = Some(clock::cut(claim.lease_until));
        let lane = Lane { handler: self.row.name.clone(), partition, epoch: row.epoch };
        let parked = self.parked.iter().filter(|((of, _), _)| *of == partition);
        let parked = parked.map(|((_, key), from)| ParkedKey { key: key.clone(), from: *from }).collect();
        Some(LaneLease { lane, partitions, checkpoint: row.checkpoint, parked })
    }
}

fn free(lane: &mut LaneRow) {
    lane.owner = None;
    lane.lease_until = None;
}
