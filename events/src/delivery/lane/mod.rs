//! One lane of one handler, while this process holds it.
//!
//! A lane is one task. It takes events in from the log, begins calls, and waits; everything it
//! knows is its own, and everything it writes goes through [`Lane::write`], which ends it when the
//! lane has passed to somebody else.

mod batch;
mod begin;
mod died;
mod fail;
mod limit;
mod read;
mod recover;
mod release;
mod retry;
mod transact;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Weak};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use self::batch::Batch;
use self::died::Died;
use self::read::Reading;
use self::release::Released;
use self::retry::Retried;
use super::circuit::Circuit;
use super::wait::any_of;
use super::window::{Ticket, Window};
use super::{Called, DurableHandler, Host};
use crate::error::{Error, ErrorKind};
use crate::event::{DecodeError, RecordedEvent};
use crate::handler::BoxFuture;
use crate::id::{EventId, Position};
use crate::store::{Advance, EventStore, LaneAnswer, LaneLease, LaneWrite, LetterId, LetterQuery, ParkedKey};

/// How many events may lie between the first that isn't done and the last that was taken in.
const WINDOW: usize = 4_096;
/// How many handled events a checkpoint may be behind.
const UNSAVED: usize = 1_000;
/// How long the checkpoint may be behind where there was nothing to handle.
const IDLE: Duration = Duration::from_secs(1);

/// What ends a lane.
#[derive(Debug)]
pub(super) enum End {
    /// It was told to.
    Stopped,
    /// Somebody else has it, or nobody.
    Lost,
    /// The handler has halted; the row says why, too.
    Halted(String),
    /// This process is older than an event: one that can read it should have the lane.
    Unreadable(DecodeError),
    /// The store has failed.
    Failed(Error),
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<DecodeError> for End {
    fn from(error: DecodeError) -> Self {
        Self::Unreadable(error)
    }
}

impl From<JoinError> for End {
    /// Handlers' panics are caught where they are called: this would be a fault of the framework.
    fn from(error: JoinError) -> Self {
        if error.is_panic() {
            Self::Failed(Error::new(ErrorKind::Internal, "a call of the lane has panicked").with_source(error))
        } else {
            Self::Stopped
        }
    }
}

/// What a lane is told from outside.
#[derive(Clone)]
pub(super) struct Signals {
    /// The end of the log.
    pub(super) log_end: watch::Receiver<Position>,
    /// An operator has changed letters, in this process or another.
    pub(super) letters: watch::Receiver<u64>,
    /// Begin nothing any more.
    pub(super) stop: watch::Receiver<bool>,
    /// Until when the lane is this process's, by its own clock.
    pub(super) lease_until: watch::Receiver<DateTime<Utc>>,
}

pub(super) struct Lane {
    host: Weak<dyn Host>,
    store: EventStore,
    handler: Arc<DurableHandler>,
    lane: crate::store::Lane,
    partitions: u32,
    signals: Signals,
    /// Where the checkpoint in the store is.
    stored: Position,
    window: Window,
    /// Events that were read and not begun.
    pending: VecDeque<Pending>,
    reading: Reading,
    /// Keys with a call under way, and what waits behind it.
    busy: HashMap<String, VecDeque<Pending>>,
    /// Keys that wait behind a letter.
    parked: HashMap<String, Parked>,
    /// Those among them whose turn to be released hasn't come yet, and how many are being released.
    to_release: VecDeque<String>,
    releases: usize,
    /// Events of a lane without keys that had a letter when the lane was claimed.
    known: HashSet<EventId>,
    /// Events behind the checkpoint whose letters an operator has given up.
    given_up: HashSet<EventId>,
    /// The event that everything waits for, in a lane that keeps the order of the whole log.
    blocked: Option<Blocked>,
    /// Calls that have to wait. Each is a task: it may hold what the lane itself waits for, such as a
    /// connection of the store, and must come to its end meanwhile.
    running: JoinSet<Finished>,
    /// Letters with an attempt under way.
    retrying: HashSet<LetterId>,
    /// Letters are due whose key has something else under way.
    letters_wait: bool,
    next_retry: Option<DateTime<Utc>>,
    /// How many letters are open, as far as this lane knows; none before it has counted them.
    open_letters: Option<usize>,
    /// Somebody has changed letters.
    look_at_letters: bool,
    /// When to look for letters that somebody has closed; not before `rested`.
    look_for_closed: Option<Instant>,
    /// When looking for closed letters won't be most of what the lane does.
    rested: Instant,
    circuit: Circuit,
    /// Nothing is begun any more.
    leaving: bool,
    handled_since_save: usize,
    saved_at: Instant,
}

/// An event that was read, and its place in the window if it has one already.
struct Pending {
    event: Arc<RecordedEvent>,
    ticket: Option<Ticket>,
    /// How often it was tried while the circuit was open.
    probes: u32,
    /// A batch with it has failed.
    alone: bool,
}

struct Parked {
    /// Events of the key from here on wait.
    from: Position,
    /// The last event of the key that was left aside.
    skipped: Position,
    /// Whether all that was left aside is known, because it was this lane that parked the key.
    from_here: bool,
    /// What waits is being handled, or will be in its turn.
    releasing: bool,
}

struct Blocked {
    event_id: EventId,
    ticket: Ticket,
}

/// A call that had to wait, at its end.
enum Finished {
    Call { pending: Pending, key: Option<String>, called: Called },
    Batch(Batch, Called),
    Retry(Retried),
    Release(Released),
}

impl Lane {
    pub(super) fn new(
        host: Weak<dyn Host>,
        store: EventStore,
        handler: Arc<DurableHandler>,
        lease: LaneLease,
        signals: Signals,
    ) -> Self {
        let LaneLease { lane, partitions, checkpoint, parked } = lease;
        let parked = parked.into_iter().map(|ParkedKey { key, from }| (key, Parked::new(from))).collect();
        Self {
            host,
            store,
            handler,
            lane,
            partitions,
            signals,
            stored: checkpoint,
            window: Window::new(checkpoint),
            pending: VecDeque::new(),
            reading: Reading::new(),
            busy: HashMap::new(),
            parked,
            to_release: VecDeque::new(),
            releases: 0,
            known: HashSet::new(),
            given_up: HashSet::new(),
            blocked: None,
            running: JoinSet::new(),
            retrying: HashSet::new(),
            letters_wait: false,
            next_retry: None,
            open_letters: None,
            look_at_letters: true,
            look_for_closed: None,
            rested: Instant::now(),
            circuit: Circuit::default(),
            leaving: false,
            handled_since_save: 0,
            saved_at: Instant::now(),
        }
    }

    /// Works until something ends it.
    pub(super) async fn run(mut self) -> End {
        let end = match self.work().await {
            // The lane is still this process's: what it has begun is ended, and what was handled is noted, or
            // the next owner would do it all again.
            Err(End::Unreadable(error)) => self.leave().await.map(|()| End::Unreadable(error)),
            end => end.map(|()| End::Stopped),
        };
        end.unwrap_or_else(|end| end)
    }

    async fn work(&mut self) -> Result<(), End> {
        self.recover().await?;
        loop {
            let now = self.store.now();
            if std::mem::take(&mut self.look_at_letters) {
                // Before they are looked at, so that no change falls in between.
                self.signals.letters.mark_unchanged();
                self.next_retry = Some(DateTime::<Utc>::MIN_UTC);
                self.look_for_closed.get_or_insert(self.rested);
            }
            self.release_closed().await?;
            let Some(host) = self.host.upgrade() else { return Ok(()) };
            if !self.may_begin() {
                break;
            }
            self.begin_retries(&host).await?;
            self.begin_releases();
            self.begin_events(&host).await?;
            drop(host);
            self.save_when_due().await?;
            self.wait(now).await?;
        }
        self.leave().await
    }

    /// Begins nothing any more, ends what is under way, and saves how far everything is done.
    async fn leave(&mut self) -> Result<(), End> {
        self.leaving = true;
        while let Some(finished) = self.running.join_next().await {
            match self.settle(finished?).await {
                // It is for the next owner, like everything that wasn't begun.
                Ok(()) | Err(End::Unreadable(_)) => {}
                Err(end) => return Err(end),
            }
        }
        self.save().await
    }

    /// Whether calls may be begun: the lane isn't to stop, and is ours by our own clock.
    fn may_begin(&self) -> bool {
        !self.leaving && !*self.signals.stop.borrow() && self.store.now() < *self.signals.lease_until.borrow()
    }

    /// The letters of this lane.
    fn lane_letters(&self) -> LetterQuery {
        LetterQuery::new().handler(&self.lane.handler).partition(self.lane.partition)
    }

    /// Waits until a call has ended, or there is another reason to look. What was due at `looked_at` was
    /// looked at already; what has become due since then is a reason.
    async fn wait(&mut self, looked_at: DateTime<Utc>) -> Result<(), End> {
        let finished = {
            let (mut finished, mut looks) = (None, false);
            let Signals { log_end, letters, stop, lease_until } = &mut self.signals;
            let mut reasons: Vec<BoxFuture<'_, ()>> = vec![
                // An error means that the supervisor is gone, and says so by ending the lane.
                Box::pin(async { stop.changed().await.unwrap_or_default() }),
                Box::pin(async {
                    letters.changed().await.unwrap_or_default();
                    looks = true;
                }),
                Box::pin(async { lease_until.changed().await.unwrap_or_default() }),
                Box::pin(async { log_end.changed().await.unwrap_or_default() }),
            ];
            if !self.running.is_empty() {
                reasons.push(Box::pin(async { finished = self.running.join_next().await }));
            }
            let clock = self.store.clock();
            for due in [self.next_retry, self.circuit.probe_at()].into_iter().flatten().filter(|due| *due > looked_at) {
                reasons.push(clock.sleep_until(due));
            }
            if self.window.checkpoint() > self.stored {
                reasons.push(Box::pin(tokio::time::sleep_until(self.saved_at + IDLE)));
            }
            if let Some(due) = self.look_for_closed {
                reasons.push(Box::pin(tokio::time::sleep_until(due)));
            }
            any_of(reasons).await;
            self.look_at_letters |= looks;
            finished
        };
        match finished {
            Some(finished) => self.settle(finished?).await,
            None => Ok(()),
        }
    }

    async fn settle(&mut self, finished: Finished) -> Result<(), End> {
        if std::mem::take(&mut self.letters_wait) {
            self.next_retry = Some(DateTime::<Utc>::MIN_UTC);
        }
        match finished {
            Finished::Call { pending, key, called } => self.call_ended(pending, key, called).await,
            Finished::Batch(batch, called) => self.batch_ended(batch, called).await,
            Finished::Retry(retried) => self.retry_ended(retried).await,
            Finished::Release(released) => self.release_ended(released).await,
        }
    }

    /// Moves the checkpoint now and then, and at once when nothing is left to do.
    async fn save_when_due(&mut self) -> Result<(), End> {
        let idle = self.pending.is_empty() && self.running.is_empty() && self.handled_since_save > 0;
        let late = self.saved_at.elapsed() >= IDLE;
        if idle || late || self.handled_since_save >= UNSAVED { self.save().await } else { Ok(()) }
    }

    async fn save(&mut self) -> Result<(), End> {
        let write = self.new_write();
        self.write(write).await
    }

    fn new_write(&self) -> LaneWrite {
        LaneWrite::new(self.lane.clone(), self.handler.build.clone(), self.store.now())
    }

    /// Adds where the checkpoint is by now, and writes all of it.
    async fn write(&mut self, mut write: LaneWrite) -> Result<(), End> {
        let to = self.window.checkpoint();
        write.advance = (to > self.stored).then_some(Advance { from: self.stored, to });
        if write.is_empty() {
            return Ok(());
        }
        let (halt, died) = (write.halt.clone(), Died::of(&write));
        let answer = self.store.backend().write_lane(write).await?;
        let dead = died.letters(&answer);
        self.saved(answer, to)?;
        if let Some(host) = self.host.upgrade().filter(|_| !dead.is_empty()) {
            host.tell_of_dead(dead).await;
        }
        halt.map_or(Ok(()), |reason| Err(End::Halted(reason)))
    }

    /// Notes what the store has answered.
    fn saved(&mut self, answer: LaneAnswer, to: Position) -> Result<(), End> {
        match answer {
            LaneAnswer::Written { .. } => {
                self.stored = to;
                self.handled_since_save = 0;
                self.saved_at = Instant::now();
                if let Some(host) = self.host.upgrade() {
                    host.note_progress();
                }
                Ok(())
            }
            LaneAnswer::Lost => Err(End::Lost),
        }
    }
}

impl Parked {
    fn new(from: Position) -> Self {
        Self { from, skipped: Position::START, from_here: false, releasing: false }
    }

    /// Whether no event waits behind the letter.
    fn is_bare(&self) -> bool {
        self.from_here && self.skipped < self.from && !self.releasing
    }
}
