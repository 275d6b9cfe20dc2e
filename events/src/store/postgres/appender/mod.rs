//! The process's appender: commits that wait at the same time are written together.
//!
//! There are a few connections. A commit that finds one free goes at once and alone; those that find
//! none wait in a queue, and the next connection that gets free takes all of them in one statement.
//! The queue is bounded by the number of events: a caller that finds it full waits. Commits that
//! touch the same streams are never on two connections at once, so the appender doesn't get in its
//! own way.
//!
//! It never waits for somebody else's transaction with others' commits in its hands: what such a
//! transaction holds leaves the group, and waits on a connection of its own, up to the options'
//! patience.
//!
//! A commit that is in the queue is carried out, whether or not its caller still waits for it. When
//! the server goes away in the middle, nobody knows what became of the group: it is sent again on a
//! new connection, and what is there by then is what the first attempt has written.

mod group;
mod job;
mod patient;
mod queue;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, oneshot};

use self::job::Job;
use self::queue::Queue;
use super::PostgresOptions;
use super::error::{closed, is_lost, shared_error};
use super::hints::Hints;
use super::link::{self, Link, Purpose};
use super::log_end::Seen;
use super::statements::Statements;
use crate::error::{Error, ErrorKind};
use crate::id::StreamId;
use crate::store::{Append, AppendError, Appended};

/// How many events may wait or be under way; the largest commit has 10,000.
const ROOM: u32 = 16_384;
/// How many connections wait for streams that others hold.
const PATIENT: usize = 2;

pub(super) struct Appender {
    options: Arc<PostgresOptions>,
    statements: Arc<Statements>,
    seen: Arc<Seen>,
    hints: Arc<Hints>,
    room: Arc<Semaphore>,
    patient: Semaphore,
    state: Mutex<State>,
}

struct State {
    queue: Queue,
    /// The connections nobody uses; some aren't open yet. The last is the one used last.
    idle: Vec<Option<Link>>,
    /// Those of the patient.
    idle_patient: Vec<Link>,
}

impl Appender {
    pub(super) fn new(
        options: Arc<PostgresOptions>,
        statements: Arc<Statements>,
        seen: Arc<Seen>,
        hints: Arc<Hints>,
    ) -> Arc<Self> {
        let idle = (0..options.append_connections()).map(|_| None).collect();
        let state = State { queue: Queue::default(), idle, idle_patient: Vec::new() };
        let (room, patient) = (Arc::new(Semaphore::new(index(ROOM))), Semaphore::new(PATIENT));
        Arc::new(Self { options, statements, seen, hints, room, patient, state: Mutex::new(state) })
    }

    /// Has a commit appended. From its first wait on it is carried out, even if nobody waits.
    pub(super) async fn append(self: &Arc<Self>, append: Append) -> Result<Appended, AppendError> {
        if tokio::runtime::Handle::try_current().is_err() {
            let message = "the PostgreSQL store needs a tokio runtime";
            return Err(Error::new(ErrorKind::Unsupported, message).into());
        }
        let weight = u32::try_from(append.events().len()).unwrap_or(ROOM).clamp(1, ROOM);
        let room = Arc::clone(&self.room).acquire_many_owned(weight).await.map_err(|_| closed())?;
        let (reply, answer) = oneshot::channel();
        self.state().queue.push(Job::new(append, reply, room));
        self.start();
        answer.await.map_err(|_| Error::new(ErrorKind::Unavailable, "the appender was stopped with its runtime"))?
    }

    /// Gives free connections something to do.
    fn start(self: &Arc<Self>) {
        loop {
            let mut state = self.state();
            if state.idle.is_empty() {
                return;
            }
            let Some((jobs, streams)) = state.queue.next_group() else { return };
            let link = state.idle.pop().flatten();
            drop(state);
            let turn = Turn { appender: Arc::clone(self), link, streams };
            tokio::spawn(turn.run(jobs));
        }
    }

    /// Waits until all that was asked for is done, and ends the connections.
    pub(super) async fn close(&self) {
        // It fails when it is closed already.
        if let Ok(all) = self.room.acquire_many(ROOM).await {
            all.forget();
            self.room.close();
        }
        let mut links: Vec<_> = Vec::new();
        {
            let mut state = self.state();
            links.extend(state.idle.iter_mut().filter_map(Option::take));
            links.append(&mut state.idle_patient);
        }
        for link in links {
            link::end(link).await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connects, again and again until the deadline.
    async fn connect(&self, deadline: Instant) -> Result<Link, sqlx::Error> {
        let mut pause = Duration::from_millis(10);
        loop {
            let error = match Link::connect(&self.options, Purpose::Append).await {
                Ok(link) => return Ok(link),
                Err(error) => error,
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if !is_lost(&error) || left.is_zero() {
                return Err(error);
            }
            tokio::time::sleep(pause.min(left)).await;
            pause = (pause * 2).min(Duration::from_millis(500));
        }
    }

    /// What was written is seen, and others may want to know.
    fn note(&self, appended: &Appended) {
        if let Some(last) = appended.recordings().last() {
            self.seen.note(last.position);
            self.hints.committed();
        }
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Tells callers that the server can't be reached.
fn unreachable(jobs: Vec<Job>, error: sqlx::Error) {
    let error = Arc::new(error);
    for job in jobs {
        let error = if job.was_sent {
            let message = "PostgreSQL was lost before it answered: append the commit again, with the same event ids, \
                           to learn whether it was written";
            Error::new(ErrorKind::Unavailable, message).with_source(Arc::clone(&error))
        } else {
            shared_error(&error)
        };
        job.finish(Err(error.into()));
    }
}

/// A connection at work, and the streams that nobody else touches meanwhile. They are free again when
/// it is dropped, however that comes about.
struct Turn {
    appender: Arc<Appender>,
    link: Option<Link>,
    streams: Vec<StreamId>,
}

impl Turn {
    async fn run(mut self, mut jobs: Vec<Job>) {
        loop {
            self.write(jobs).await;
            let mut state = self.appender.state();
            state.queue.free(&self.streams);
            self.streams.clear();
            let Some((next, streams)) = state.queue.next_group() else { break };
            drop(state);
            (jobs, self.streams) = (next, streams);
            // What has become free may be more than one group.
            self.appender.start();
        }
    }

    /// The connection, open.
    async fn link(&mut self, deadline: Instant) -> Result<&mut Link, sqlx::Error> {
        let link = match self.link.take() {
            Some(link) => link,
            None => self.appender.connect(deadline).await?,
        };
        Ok(self.link.insert(link))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.appender.state();
        state.queue.free(&self.streams);
        state.idle.push(self.link.take());
    }
}
