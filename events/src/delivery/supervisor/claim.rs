//! Which lanes a process takes, and which it lets go of.

use chrono::{DateTime, Utc};

use super::super::balance::Balance;
use super::{Supervised, Supervisor};
use crate::error::Error;
use crate::id::HandlerName;
use crate::store::{ClaimLanes, HandlerRow, HandlerState};

impl Supervised {
    /// The handlers that this process can run: not those whose next event it is too old for, where another
    /// process may be newer.
    pub(super) fn able(&self) -> Vec<HandlerName> {
        let Supervisor { handlers, process, .. } = &self.supervisor;
        let others: Vec<_> = self.processes.iter().filter(|other| other.process != *process).collect();
        let is_left_to_others = |name: &HandlerName| {
            self.resting.is_too_old_for(name) && others.iter().any(|other| other.handlers.contains(name))
        };
        handlers.iter().map(|handler| handler.name()).filter(|name| !is_left_to_others(name)).cloned().collect()
    }

    /// Lets go of lanes that others should have, of those that it has had longest: the latest may be one that
    /// another was too old for.
    pub(super) fn pass_on(&self, balance: &mut Balance) {
        let mut going_on: Vec<_> = self.running.values().filter(|running| !*running.stop.borrow()).collect();
        going_on.sort_by_key(|running| running.since);
        let mut mine = going_on.len();
        for running in going_on {
            if balance.passes_on(&running.lane.handler, mine) {
                mine -= 1;
                running.stop.send_replace(true);
            }
        }
    }

    pub(super) async fn claim(
        &mut self,
        rows: &[HandlerRow],
        balance: &Balance,
        now: DateTime<Utc>,
        lease_until: DateTime<Utc>,
    ) -> Result<(), Error> {
        // A lane that was taken away, by a reset say, may not have ended here yet.
        let rests = |row: &HandlerRow, partition| {
            let place = (row.name.clone(), partition);
            self.running.contains_key(&place) || self.resting.rests(&place)
        };
        let free = |row: &&HandlerRow| {
            let mut lanes = row.lanes.iter().filter(|lane| lane.lease_until.is_none_or(|until| until <= now));
            // A lane of the handler that rests must not be claimed in place of another.
            row.state == HandlerState::Running
                && lanes.clone().next().is_some()
                && !lanes.any(|lane| rests(row, lane.partition))
        };
        let own = |name: &HandlerName| self.supervisor.handlers.iter().any(|handler| handler.name() == name);
        let mine = self.running.len();
        let rooms = rows.iter().filter(|row| own(&row.name)).filter(free).map(|row| {
            let room = balance.room(&row.name, mine);
            (row.name.clone(), room)
        });
        // Of what others can run, no more than is this process's; of what only it can run, everything.
        let (only_here, shared): (Vec<_>, Vec<_>) =
            rooms.filter(|(_, room)| *room > 0).partition(|(_, room)| *room == usize::MAX);
        let mut leases = Vec::new();
        for rooms in [only_here, shared] {
            let Some(limit) = rooms.iter().map(|(_, room)| *room).min() else { continue };
            let handlers = rooms.into_iter().map(|(handler, _)| handler).collect();
            let claim = ClaimLanes { handlers, owner: self.supervisor.process.clone(), now, lease_until, limit };
            leases.extend(self.supervisor.store.backend().claim_lanes(claim).await?);
        }
        if !leases.is_empty() {
            self.note_replays().await?;
        }
        for lease in leases {
            self.start(lease);
        }
        Ok(())
    }

    /// After the claim: who changes it later takes the lanes away again.
    async fn note_replays(&self) -> Result<(), Error> {
        let rows = self.supervisor.store.backend().durable_handlers().await?;
        for handler in &self.supervisor.handlers {
            if let Some(row) = rows.iter().find(|row| row.name == *handler.name()) {
                handler.note_replay(row.replay_until);
            }
        }
        Ok(())
    }
}
