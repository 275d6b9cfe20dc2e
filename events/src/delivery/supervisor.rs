//! The lanes of one process: claiming them, keeping them, giving them back.

mod claim;

use std::collections::HashMap;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::task::Poll;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use super::balance::Balance;
use super::lane::{End, Lane, Signals};
use super::rest::{Place, Resting};
use super::tail::{self, Pace};
use super::wait::any_of;
use super::{DurableHandler, Host};
use crate::clock;
use crate::error::{Error, ErrorKind};
use crate::handler::BoxFuture;
use crate::id::{Position, ProcessId};
use crate::store::{self, Beat, EventStore, LaneLease, OperationId, ProcessRow};

/// How long a lane belongs to a process that gives no sign of life, unless a dispatcher says so.
pub(crate) const LEASE: Duration = Duration::from_secs(20);
/// The shortest lease: beats, and the clocks of several machines, need some room.
pub(crate) const SHORTEST_LEASE: Duration = Duration::from_secs(1);
/// How many signs of life a process gives in the time of a lease.
const BEATS: u32 = 4;
/// How often the store is asked for what operators have done elsewhere.
const POLL: Duration = Duration::from_secs(1);

/// What a dispatcher gives to run its durable handlers.
pub(crate) struct Supervisor {
    pub(crate) host: Weak<dyn Host>,
    pub(crate) store: EventStore,
    pub(crate) handlers: Vec<Arc<DurableHandler>>,
    pub(crate) process: ProcessId,
    pub(crate) build: String,
    /// How long a lane belongs to this process when it gives no sign of life.
    pub(crate) lease: Duration,
    /// How often the end of the log is looked for.
    pub(crate) pace: Pace,
    /// Counts up whenever letters have changed.
    pub(crate) letters: watch::Sender<u64>,
    /// The last position that this process has committed.
    pub(crate) committed: watch::Receiver<Position>,
}

/// A lane that this process runs.
struct Running {
    lane: store::Lane,
    stop: watch::Sender<bool>,
    since: Instant,
}

/// The lanes at work.
pub(crate) struct Supervised {
    supervisor: Supervisor,
    tasks: JoinSet<(Place, End)>,
    running: HashMap<Place, Running>,
    /// Lanes to give back; the store hasn't noted it yet.
    leaving: Vec<store::Lane>,
    resting: Resting,
    /// The processes that were alive at the last beat.
    processes: Vec<ProcessRow>,
    log_end: watch::Sender<Position>,
    /// There may be no lane for a while, and the end is followed all the same.
    _watched: watch::Receiver<Position>,
    lease_until: watch::Sender<DateTime<Utc>>,
    last_operation: Option<OperationId>,
    next_beat: Instant,
    /// When half of the lease is over.
    renewal: DateTime<Utc>,
}

impl Supervisor {
    pub(crate) fn supervise(self) -> Supervised {
        let (log_end, _watched) = watch::channel(Position::START);
        Supervised {
            tasks: JoinSet::new(),
            running: HashMap::new(),
            leaving: Vec::new(),
            resting: Resting::default(),
            processes: Vec::new(),
            log_end,
            _watched,
            lease_until: watch::Sender::new(DateTime::<Utc>::MIN_UTC),
            last_operation: None,
            next_beat: Instant::now(),
            renewal: DateTime::<Utc>::MIN_UTC,
            supervisor: self,
        }
    }
}

impl Supervised {
    /// Works until it is told to stop, or the dispatcher is gone; ends when the lanes have.
    pub(crate) async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let (store, committed) = (self.supervisor.store.clone(), self.supervisor.committed.clone());
        let tail = tokio::spawn(tail::follow(store, self.supervisor.pace, self.log_end.clone(), committed));
        let mut letters = self.supervisor.letters.subscribe();
        while !*stopped.borrow() && self.supervisor.host.strong_count() > 0 {
            letters.mark_unchanged();
            self.look_for_operations().await;
            if Instant::now() >= self.next_beat || self.supervisor.store.now() >= self.renewal {
                self.next_beat = Instant::now() + self.supervisor.lease / BEATS;
                let beaten = self.beat().await;
                self.next_beat = self.next_beat.min(self.soonest(beaten.is_ok()));
                if let Err(error) = beaten {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "durable handlers can't be kept: the store has failed; trying again"
                    );
                }
            }
            self.wait(&mut letters, &mut stopped).await;
        }
        for running in self.running.values() {
            running.stop.send_replace(true);
        }
        while let Some(ended) = self.tasks.join_next().await {
            self.note_end(ended);
        }
        tail.abort();
        if let Err(error) = self.supervisor.store.backend().end_process(self.supervisor.process.clone()).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the leases of durable handlers weren't given back; they end by themselves"
            );
        }
    }

    /// When there is something to do for the next beat: a lane has rested, or the store may be back.
    fn soonest(&self, beaten: bool) -> Instant {
        let now = Instant::now();
        let rested = self.resting.next();
        let again = if beaten { self.supervisor.lease / BEATS } else { POLL };
        rested.map_or(now + again, |rested| rested.min(now + again))
    }

    /// Waits until a lane has ended, it is time to look, or the work is to end.
    async fn wait(&mut self, letters: &mut watch::Receiver<u64>, stopped: &mut watch::Receiver<bool>) {
        let ended = {
            let mut ended = None;
            let mut reasons: Vec<BoxFuture<'_, ()>> = vec![
                Box::pin(tokio::time::sleep(POLL.min(self.supervisor.lease / BEATS))),
                Box::pin(async { letters.changed().await.unwrap_or_default() }),
                // An error means that the dispatcher is gone.
                Box::pin(async { stopped.changed().await.unwrap_or_default() }),
            ];
            // By the store's clock, too: the leases go by it.
            if self.next_beat > Instant::now() && !self.running.is_empty() {
                reasons.push(self.supervisor.store.clock().sleep_until(self.renewal));
            }
            if !self.tasks.is_empty() {
                reasons.push(Box::pin(async { ended = self.tasks.join_next().await }));
            }
            any_of(reasons).await;
            ended
        };
        if let Some(ended) = ended {
            self.note_end(ended);
        }
    }

    /// An operator may be anywhere; what he does leaves a row.
    async fn look_for_operations(&mut self) {
        match self.supervisor.store.backend().last_operation().await {
            Ok(last) => {
                if last != self.last_operation {
                    self.last_operation = last;
                    self.supervisor.letters.send_modify(|count| *count = count.wrapping_add(1));
                    self.next_beat = Instant::now();
                }
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "operations can't be read; trying again")
            }
        }
    }

    /// Gives a sign of life, lets go of what isn't to run here, and takes what nobody runs.
    async fn beat(&mut self) -> Result<(), Error> {
        let (backend, at) = (self.supervisor.store.backend(), self.supervisor.store.now());
        let able = self.able();
        let beat = Beat { handlers: able.clone(), ..self.supervisor.sign_of_life(at) };
        let until = beat.until;
        let held = backend.beat(beat).await?;
        self.lease_until.send_replace(until);
        self.renewal = clock::after(at, self.supervisor.lease / 2);
        for running in self.running.values().filter(|running| !held.contains(&running.lane)) {
            running.stop.send_replace(true);
        }
        self.leaving.extend(held.into_iter().filter(|lane| !self.running.contains_key(&place(lane))));
        if !self.leaving.is_empty() {
            backend.release_lanes(self.leaving.clone()).await?;
            self.leaving.clear();
        }
        let rows = backend.durable_handlers().await?;
        let alive = backend.processes(at).await?;
        let able = able.into_iter().collect();
        let mut balance = Balance::of(&able, &self.supervisor.process, &rows, &alive);
        self.processes = alive;
        self.pass_on(&mut balance);
        self.claim(&rows, &balance, at, until).await
    }

    fn start(&mut self, lease: LaneLease) {
        let Supervisor { host, store, handlers, letters, .. } = &self.supervisor;
        let Some(handler) = handlers.iter().find(|handler| *handler.name() == lease.lane.handler) else {
            self.leaving.push(lease.lane);
            return;
        };
        let stop = watch::Sender::new(false);
        let signals = Signals {
            log_end: self.log_end.subscribe(),
            letters: letters.subscribe(),
            stop: stop.subscribe(),
            lease_until: self.lease_until.subscribe(),
        };
        let (place, held) = (place(&lease.lane), lease.lane.clone());
        tracing::debug!(handler = %held.handler, partition = held.partition, epoch = held.epoch, "a lane begins");
        let lane = Lane::new(Weak::clone(host), store.clone(), Arc::clone(handler), lease, signals);
        let key = place.clone();
        self.tasks.spawn(async move {
            let mut work = Box::pin(lane.run());
            // Handlers' panics are caught where they are called: this would be a fault of the framework.
            let end = poll_fn(|cx| {
                let poll = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx)));
                poll.unwrap_or_else(|_| Poll::Ready(Error::new(ErrorKind::Internal, "the lane has panicked").into()))
            });
            (key, end.await)
        });
        self.running.insert(place, Running { lane: held, stop, since: Instant::now() });
    }

    fn note_end(&mut self, ended: Result<(Place, End), JoinError>) {
        // The next round claims what has become free.
        self.next_beat = Instant::now();
        // An error means that the task was aborted, and nobody does that but the end of the set itself.
        let Ok((place, end)) = ended else { return };
        let Some(Running { lane, since, .. }) = self.running.remove(&place) else { return };
        let worked = since.elapsed();
        let (handler, partition) = (&lane.handler, lane.partition);
        match &end {
            End::Stopped => self.resting.forget(&place),
            End::Lost => {
                tracing::warn!(%handler, partition, "the lane has passed to somebody else");
                return;
            }
            End::Halted(reason) => {
                tracing::error!(%handler, reason, "the handler has halted: resume it when the cause is gone");
            }
            End::Unreadable(error) => {
                let error = error as &dyn std::error::Error;
                if self.resting.too_old(place, worked) {
                    tracing::error!(
                        %handler, partition, error,
                        "the lane still waits for a newer program: deploy one that can read the event"
                    );
                } else {
                    tracing::info!(%handler, partition, error, "the lane waits for a newer program");
                }
            }
            End::Failed(error) => {
                let error = error as &dyn std::error::Error;
                let rest = self.resting.failed(place, worked);
                tracing::error!(
                    %handler, partition, error,
                    "the lane has stopped, because the store has failed; it goes on in {rest:?}"
                );
            }
        }
        self.leaving.push(lane);
    }
}

fn place(lane: &store::Lane) -> Place {
    (lane.handler.clone(), lane.partition)
}
