//! What follows when the handler has failed on an event.

use std::sync::Arc;

use super::super::order;
use super::{Blocked, End, Lane, Parked, Pending};
use crate::dead_letter::new_letter;
use crate::handler::{Class, HandlerError, HandlerFailure, OnExhausted, Order};
use crate::hash::Fnv;
use crate::id::Position;
use crate::store::{LaneWrite, LetterLane, NewLetter, ParkedKey};

/// How often an event is tried while the circuit is open and no other waits, before its failure is its own:
/// it may be the only thing that is still wrong.
const MOST_PROBES: u32 = 5;

impl Lane {
    /// Writes the letter and parks the key, in one transaction with the checkpoint; or, where the
    /// handler fails on everything, puts the event back for later.
    pub(super) async fn failed(
        &mut self,
        pending: Pending,
        key: Option<String>,
        error: HandlerError,
    ) -> Result<(), End> {
        let Some(host) = self.host.upgrade() else { return Err(End::Stopped) };
        let event = Arc::clone(&pending.event);
        let key = match key {
            Some(key) => Some(key),
            None => order::key(self.handler.spec.order, &event, &*host)?,
        };
        drop(host);
        self.count_failure(key.as_deref(), event.position(), &error);
        let may_be_all = |lane: &Self| pending.probes < MOST_PROBES || lane.others_wait(key.as_deref());
        if self.circuit.is_open() && is_outage(&error) && may_be_all(self) {
            self.put_back(pending, key);
            return Ok(());
        }
        let failure =
            HandlerFailure::new(self.lane.handler.clone(), event.name().clone(), event.metadata().event_id(), error);
        let (policy, build, now) = (&self.handler.policy, self.handler.build.clone(), self.store.now());
        let lane = Some(LetterLane { partition: self.lane.partition, key: key.clone() });
        let letter = NewLetter { lane, ..new_letter(&failure, &event, policy, build, now) };
        self.next_retry = self.next_retry.into_iter().chain(letter.next_attempt_at).min();
        let exhausted = letter.next_attempt_at.is_none();
        let mut write = self.new_write();
        write.letters.push(letter);
        if exhausted && self.handler.spec.on_exhausted == OnExhausted::Halt {
            write.halt = Some(format!("no attempt is left for event {}", event.metadata().event_id()));
        }
        self.count_letter(&mut write, self.parked.len()).await?;
        let goes_on = exhausted && self.handler.spec.on_exhausted == OnExhausted::Continue;
        match key {
            Some(key) if matches!(self.handler.spec.order, Order::Global) && !goes_on => {
                self.block(pending, key, write).await
            }
            Some(key) if !goes_on => self.park(pending, key, write).await,
            key => {
                self.pass(&pending);
                self.next_of(key);
                self.write(write).await
            }
        }
    }

    /// Counts towards the circuit, unless the failure is the event's own.
    pub(super) fn count_failure(&mut self, key: Option<&str>, position: Position, error: &HandlerError) {
        if !is_outage(error) {
            return;
        }
        let mut hash = Fnv::new();
        match key {
            Some(key) => hash.write(key),
            None => hash.write(&position.to_string()),
        }
        if self.circuit.failed(hash.finish(), self.store.now()) {
            tracing::error!(
                handler = %self.lane.handler,
                error_type = error.type_name(),
                class = %error.class(),
                "the handler fails on everything; it rests, and is tried again with growing intervals"
            );
        }
    }

    /// Whether there are events of other keys, on which the handler may succeed.
    fn others_wait(&self, key: Option<&str>) -> bool {
        let Some(host) = self.host.upgrade() else { return false };
        let of = |other: &Pending| order::key(self.handler.spec.order, &other.event, &*host).ok().flatten();
        self.pending.iter().any(|other| key.is_none() || of(other).as_deref() != key)
    }

    /// The event, and what waits behind it, is tried again later; events of other keys come first,
    /// so that one that fails for its own reasons isn't the only one that is tried.
    fn put_back(&mut self, mut pending: Pending, key: Option<String>) {
        pending.probes += 1;
        pending.ticket.get_or_insert_with(|| self.window.push(pending.event.position()));
        let Some(host) = self.host.upgrade() else { return };
        // What can't be read yet ends the lane when it is its turn.
        let of = |other: &Pending| order::key(self.handler.spec.order, &other.event, &*host).ok().flatten();
        let place = match &key {
            Some(key) => self.pending.iter().position(|other| of(other).as_ref() == Some(key)),
            None => None,
        };
        let waiting = key.and_then(|key| self.busy.remove(&key)).unwrap_or_default();
        let place = place.unwrap_or(self.pending.len());
        for (offset, pending) in std::iter::once(pending).chain(waiting).enumerate() {
            self.pending.insert(place + offset, pending);
        }
    }

    async fn park(&mut self, pending: Pending, key: String, mut write: LaneWrite) -> Result<(), End> {
        let from = pending.event.position().next();
        self.pass(&pending);
        let mut parked = Parked { from_here: true, ..Parked::new(from) };
        for waiting in self.busy.remove(&key).unwrap_or_default() {
            parked.skipped = parked.skipped.max(waiting.event.position());
            self.pass(&waiting);
        }
        write.park.push(ParkedKey { key: key.clone(), from });
        self.parked.insert(key, parked);
        self.write(write).await
    }

    async fn block(&mut self, mut pending: Pending, key: String, mut write: LaneWrite) -> Result<(), End> {
        let event = &pending.event;
        let event_id = event.metadata().event_id();
        let ticket = *pending.ticket.get_or_insert_with(|| self.window.push(event.position()));
        self.blocked = Some(Blocked { event_id, ticket });
        self.next_of(Some(key));
        let dead = write.letters.iter().any(|letter| letter.next_attempt_at.is_none());
        if dead && write.halt.is_none() {
            write.halt = Some(format!("no attempt is left for event {event_id}, and all later ones wait for it"));
        }
        self.write(write).await
    }
}

/// Whether such a failure may be that of something the handler depends on.
pub(super) fn is_outage(error: &HandlerError) -> bool {
    error.snoozed().is_none() && matches!(error.class(), Class::Transient | Class::Timeout)
}
