//! Handling what has waited behind a letter, once the letter is closed.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::time::Instant;

use super::super::order;
use super::super::{Called, DurableCall, DurableHandler, Host};
use super::transact::{Transacted, transact};
use super::{End, Finished, Lane};
use crate::dead_letter::new_letter;
use crate::error::Error;
use crate::event::{DecodeError, RecordedEvent};
use crate::handler::{Attempt, HandlerError, HandlerFailure, OnExhausted};
use crate::id::Position;
use crate::store::{EventStore, LaneAnswer, LaneWrite, LetterLane, LogQuery, NewLetter, ParkedKey};

/// How many events of a key are read at once.
const PAGE: usize = 100;
/// How many times as long as a look for closed letters takes there is none.
const REST: u32 = 10;

/// What has waited behind a letter, as far as it was handled.
pub(super) struct Released {
    key: String,
    /// Events of the key from here on are left.
    from: Position,
    end: ReleaseEnd,
}

enum ReleaseEnd {
    /// All that had been left aside up to there is handled.
    CaughtUp {
        through: Position,
    },
    Failed(Box<RecordedEvent>, HandlerError),
    Unreadable(DecodeError),
    Lost,
    Store(Error),
}

impl From<DecodeError> for ReleaseEnd {
    fn from(error: DecodeError) -> Self {
        Self::Unreadable(error)
    }
}

impl From<Error> for ReleaseEnd {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

/// One round over the events of a key.
struct Round {
    host: Arc<dyn Host>,
    store: EventStore,
    handler: Arc<DurableHandler>,
    key: String,
    from: Position,
    through: Position,
    /// Up to where the store knows of it.
    noted: Option<Position>,
    /// A write of this lane that changes nothing yet.
    write: LaneWrite,
}

impl Lane {
    /// Handles what waits behind a key, as soon as it is the key's turn.
    pub(super) fn release(&mut self, key: &str) {
        let Some(parked) = self.parked.get_mut(key).filter(|parked| !parked.releasing) else { return };
        parked.releasing = true;
        self.to_release.push_back(key.to_owned());
        self.begin_releases();
    }

    /// Begins with keys whose turn it is: an operator may have let thousands go. A lane that is to stop leaves
    /// them to the next owner.
    pub(super) fn begin_releases(&mut self) {
        while self.releases < self.handler.tries_at_once() && self.may_begin() {
            let Some(host) = self.host.upgrade() else { return };
            let Some(key) = self.to_release.pop_front() else { return };
            let Some(from) = self.parked.get(&key).map(|parked| parked.from) else { continue };
            let round = Round {
                host,
                store: self.store.clone(),
                handler: Arc::clone(&self.handler),
                key,
                from,
                through: self.window.taken(),
                noted: None,
                write: self.new_write(),
            };
            self.releases += 1;
            self.running.spawn(async move { Finished::Release(round.run().await) });
        }
    }

    /// Releases the keys whose letter somebody has closed, when it is time to look for them.
    pub(super) async fn release_closed(&mut self) -> Result<(), End> {
        let began = Instant::now();
        if self.look_for_closed.take_if(|due| *due <= began).is_none()
            || (self.parked.is_empty() && self.blocked.is_none())
        {
            return Ok(());
        }
        let letters = self.store.backend().letters(self.lane_letters().blocking()).await?;
        self.open_letters = Some(letters.len());
        let keys: HashSet<&str> = letters.iter().filter_map(|letter| letter.lane.as_ref()?.key.as_deref()).collect();
        let closed: Vec<_> = self.parked.keys().filter(|key| !keys.contains(key.as_str())).cloned().collect();
        if let Some(blocked) =
            self.blocked.take_if(|blocked| !letters.iter().any(|letter| letter.event_id == blocked.event_id))
        {
            self.window.finish(blocked.ticket);
        }
        // There may be thousands of letters, and news of them all the time.
        self.rested = Instant::now() + began.elapsed() * REST;
        self.release_all(closed).await
    }

    /// Releases keys whose letters are closed.
    async fn release_all(&mut self, keys: Vec<String>) -> Result<(), End> {
        let mut write = self.new_write();
        for key in keys {
            match self.parked.get(&key) {
                Some(parked) if parked.is_bare() => {
                    self.parked.remove(&key);
                    write.release.push(key);
                }
                _ => self.release(&key),
            }
        }
        if write.release.is_empty() { Ok(()) } else { self.write(write).await }
    }

    pub(super) async fn release_ended(&mut self, released: Released) -> Result<(), End> {
        let Released { key, from, end } = released;
        self.releases = self.releases.saturating_sub(1);
        let Some(parked) = self.parked.get_mut(&key) else { return Ok(()) };
        (parked.from, parked.releasing) = (from, false);
        match end {
            // More has come meanwhile.
            ReleaseEnd::CaughtUp { through } if parked.skipped > through => {
                self.release(&key);
                Ok(())
            }
            ReleaseEnd::CaughtUp { .. } => {
                self.parked.remove(&key);
                let mut write = self.new_write();
                write.release.push(key);
                self.write(write).await
            }
            ReleaseEnd::Failed(event, error) => self.failed_behind(&event, key, error).await,
            ReleaseEnd::Unreadable(error) => Err(End::Unreadable(error)),
            ReleaseEnd::Lost => Err(End::Lost),
            ReleaseEnd::Store(error) => Err(End::Failed(error)),
        }
    }

    /// An event behind a letter has failed in its turn: it gets a letter, and the rest goes on waiting.
    async fn failed_behind(&mut self, event: &RecordedEvent, key: String, error: HandlerError) -> Result<(), End> {
        self.count_failure(Some(&key), event.position(), &error);
        let (name, id) = (event.name().clone(), event.metadata().event_id());
        let failure = HandlerFailure::new(self.lane.handler.clone(), name, id, error);
        let lane = Some(LetterLane { partition: self.lane.partition, key: Some(key.clone()) });
        let build = self.handler.build.clone();
        let letter = NewLetter { lane, ..new_letter(&failure, event, &self.handler.policy, build, self.store.now()) };
        let exhausted = letter.next_attempt_at.is_none();
        self.next_retry = self.next_retry.into_iter().chain(letter.next_attempt_at).min();
        let from = event.position().next();
        let mut write = self.new_write();
        write.letters.push(letter);
        write.park.push(ParkedKey { key: key.clone(), from });
        if exhausted && self.handler.spec.on_exhausted == OnExhausted::Halt {
            write.halt = Some(format!("no attempt is left for event {id}"));
        }
        self.count_letter(&mut write, self.parked.len().saturating_sub(1)).await?;
        if let Some(parked) = self.parked.get_mut(&key) {
            parked.from = from;
        }
        self.write(write).await?;
        if exhausted && self.handler.spec.on_exhausted == OnExhausted::Continue {
            self.release(&key);
        }
        Ok(())
    }
}

impl Round {
    async fn run(mut self) -> Released {
        let end = match self.work().await {
            Ok(()) => ReleaseEnd::CaughtUp { through: self.through },
            Err(end) => end,
        };
        Released { key: self.key, from: self.from, end }
    }

    async fn work(&mut self) -> Result<(), ReleaseEnd> {
        // A letter may be closed because the lane was reset: then it isn't ours to call anybody for.
        self.note().await?;
        let mut filter = self.handler.filter();
        let stream = order::stream(self.handler.spec.order, &self.key);
        let named = stream.is_some();
        if let Some(stream) = stream {
            filter = filter.stream(stream);
        }
        let mut after = Position::new(self.from.value().saturating_sub(1));
        loop {
            let query = LogQuery::new().after(after).with_filter(filter.clone()).with_limit(PAGE);
            let page = self.store.read_log(query).await?;
            let next = page.next();
            for event in page.into_events() {
                if event.position() > self.through {
                    return self.note().await;
                }
                if named || order::key(self.handler.spec.order, &event, &*self.host)?.as_ref() == Some(&self.key) {
                    self.call(event).await?;
                }
            }
            self.note().await?;
            match next {
                Some(next) if next < self.through => after = next,
                _ => return Ok(()),
            }
        }
    }

    async fn call(&mut self, event: RecordedEvent) -> Result<(), ReleaseEnd> {
        let from = event.position().next();
        let called = if self.handler.transactional {
            let mut write = self.write.clone();
            write.at = self.store.now();
            write.park.push(ParkedKey { key: self.key.clone(), from });
            match transact(&*self.host, &self.store, &self.handler, &[&event], Attempt::FIRST, write).await? {
                Transacted::Committed => {
                    self.noted = Some(from);
                    Called::Handled
                }
                Transacted::Lost => return Err(ReleaseEnd::Lost),
                Transacted::Undone(called) => called,
            }
        } else {
            let (handler, attempt) = (&*self.handler, Attempt::FIRST);
            self.host.call(DurableCall { handler, events: &[&event], attempt }).await
        };
        match called {
            Called::Handled => {
                self.from = from;
                Ok(())
            }
            Called::Failed(error) => Err(ReleaseEnd::Failed(Box::new(event), error)),
            Called::Unreadable(error) => Err(ReleaseEnd::Unreadable(error)),
        }
    }

    /// Notes in the store how far it has got, so that a crash doesn't begin anew.
    async fn note(&mut self) -> Result<(), ReleaseEnd> {
        if self.noted == Some(self.from) {
            return Ok(());
        }
        let mut write = self.write.clone();
        write.at = self.store.now();
        write.park.push(ParkedKey { key: self.key.clone(), from: self.from });
        match self.store.backend().write_lane(write).await? {
            LaneAnswer::Written { .. } => {
                self.noted = Some(self.from);
                Ok(())
            }
            LaneAnswer::Lost => Err(ReleaseEnd::Lost),
        }
    }
}
