//! The thread that owns the connection that writes, and the queue before it.
//!
//! The queue is bounded: a caller that finds it full waits. The thread takes what is waiting and
//! commits it as one transaction, so that many writers share one sync of the disk; answers leave
//! only after the commit has returned. A job that refuses its work has written nothing by then and
//! touches nobody else. If a job fails half-way, the transaction is rolled back and each job of the
//! group gets a transaction of its own, so that only the culprit fails.
//!
//! A job that is in the queue is carried out, whether or not its caller still waits for it. Whoever
//! drops the writer waits until it is.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{mpsc, oneshot};

use super::SqliteOptions;
use super::connection;
use super::error::{closed, held_up, shared_error, store_error};
use super::identity::Identity;
use super::job::{Job, Mode, Task, Verdict, Work, Writing};
use super::lock::{self, Pace};
use super::turns::{Turn, Turns};
use super::wal::Wal;
use crate::error::{Error, ErrorKind};

/// How many jobs may wait.
const QUEUE: usize = 1_024;
/// How much work one transaction takes on at most, as jobs count it.
const GROUP: usize = 4_096;

/// A handle of the writer's thread. The thread ends when the handle is closed or dropped and the
/// queue is empty.
pub(super) struct Writer {
    queue: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
    ended: tokio::sync::Mutex<Option<oneshot::Receiver<Result<(), Error>>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread and waits until it has opened the database.
    pub(super) async fn open(options: SqliteOptions, turns: Turns) -> Result<(Self, Arc<Identity>), Error> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let (opened, is_open) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        let thread = move || match open_file(&options) {
            Ok((connection, file)) => {
                let file = Arc::new(file);
                // Whoever opened the store may have given up; the queue is closed then.
                drop(opened.send(Ok(Arc::clone(&file))));
                // The same goes for whoever closes it.
                drop(end.send(Thread::new(connection, file, &options, turns, jobs).run()));
            }
            Err(error) => drop(opened.send(Err(error))),
        };
        let thread = std::thread::Builder::new()
            .name("events-sqlite".into())
            .spawn(thread)
            .map_err(|error| Error::new(ErrorKind::Unavailable, "no thread for the writer").with_source(error))?;
        let file = is_open.await.map_err(|_| stopped())??;
        let ended = tokio::sync::Mutex::new(Some(ended));
        Ok((Self { queue: Mutex::new(Some(queue)), ended, thread: Some(thread) }, file))
    }

    /// Has the work done in a transaction, and waits until it is committed.
    pub(super) async fn submit<W: Work>(&self, work: W) -> Result<W::Output, W::Error> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let queue = queue.ok_or_else(closed)?;
        let (reply, answer) = oneshot::channel();
        queue.send(Task::boxed(work, reply)).await.map_err(|_| stopped())?;
        // The handle in our hands would keep the thread from ending.
        drop(queue);
        answer.await.map_err(|_| stopped())?
    }

    /// Lets the thread finish what is in the queue, and waits for its end.
    pub(super) async fn close(&self) -> Result<(), Error> {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        let mut ended = self.ended.lock().await;
        let Some(end) = ended.as_mut() else { return Ok(()) };
        let result = end.await.map_err(|_| stopped())?;
        *ended = None;
        result
    }
}

/// The last connection of a file moves its log of changes into it, so a program that ends right after
/// this must not end before that.
impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread of the event store has panicked");
        }
    }
}

fn open_file(options: &SqliteOptions) -> Result<(Connection, Identity), Error> {
    let connection = connection::open_writer(options)?;
    Ok((connection, Identity::with_log(options)?))
}

fn stopped() -> Error {
    Error::new(ErrorKind::Internal, "the thread that writes has stopped")
}

struct Thread {
    connection: Connection,
    file: Arc<Identity>,
    wal: Wal,
    turns: Turns,
    pace: Pace,
    /// How long to wait for the write lock.
    patience: Duration,
    jobs: mpsc::Receiver<Box<dyn Job>>,
    last_group: usize,
    last_commit: Duration,
}

impl Thread {
    fn new(
        connection: Connection,
        file: Arc<Identity>,
        options: &SqliteOptions,
        turns: Turns,
        jobs: mpsc::Receiver<Box<dyn Job>>,
    ) -> Self {
        let (wal, pace, patience) = (Wal::of(options), Pace::new(), options.busy_timeout());
        Self { connection, file, wal, turns, pace, patience, jobs, last_group: 1, last_commit: Duration::ZERO }
    }

    fn run(mut self) -> Result<(), Error> {
        let mut idle_since = Instant::now();
        while let Some(first) = self.jobs.blocking_recv() {
            if let Err(error) = self.pace.keep(&self.connection, idle_since.elapsed()) {
                tracing::warn!(%error, "it can't be told whether others write to the event store");
            }
            // While a handler's transaction is open, others come to wait: they are one group then.
            let turn = self.turns.take();
            let group = self.gather(first);
            self.last_group = group.len();
            let began = Instant::now();
            match turn {
                Some(turn) => self.commit(group, turn),
                None => group.into_iter().for_each(|job| job.fail(held_up())),
            }
            self.last_commit = began.elapsed();
            self.wal.keep_short(&self.connection);
            idle_since = Instant::now();
        }
        // The last connection of a file moves its log of changes into it.
        self.connection.close().map_err(|(_, error)| store_error(error))
    }

    /// Takes what is waiting. After a group of several, the same writers are likely to be back in a
    /// moment; committing the first of them alone would make the others wait for a second sync. A
    /// lone writer is never waited for.
    fn gather(&mut self, first: Box<dyn Job>) -> Vec<Box<dyn Job>> {
        let mut weight = first.weight();
        let mut group = vec![first];
        let patience = self.last_commit / 8;
        let mut waiting_since = None;
        while weight < GROUP {
            match self.jobs.try_recv() {
                Ok(job) => {
                    weight = weight.saturating_add(job.weight());
                    group.push(job);
                }
                Err(TryRecvError::Disconnected) => break,
                Err(TryRecvError::Empty) => {
                    let since = *waiting_since.get_or_insert_with(Instant::now);
                    if group.len() >= self.last_group || since.elapsed() >= patience {
                        break;
                    }
                    std::thread::yield_now();
                }
            }
        }
        group
    }

    fn commit(&mut self, mut group: Vec<Box<dyn Job>>, turn: Turn) {
        if let Err(missing) = self.file.check() {
            return group.into_iter().for_each(|job| job.fail(missing.error()));
        }
        if let Err(error) = lock::begin(&self.connection, self.patience) {
            return fail(group, error);
        }
        let writing = Writing::new(&self.connection, Mode::Quick);
        let undo = group.iter_mut().any(|job| job.run(&writing) == Verdict::Undo);
        if !undo {
            return match execute(&self.connection, "COMMIT") {
                Ok(()) => {
                    // Who has an answer finds nobody's turn.
                    drop(turn);
                    group.into_iter().for_each(Job::finish);
                }
                Err(error) => {
                    self.roll_back();
                    fail(group, error);
                }
            };
        }
        self.roll_back();
        for job in group {
            self.commit_alone(job);
        }
    }

    fn commit_alone(&mut self, mut job: Box<dyn Job>) {
        if let Err(error) = lock::begin(&self.connection, self.patience) {
            return fail(vec![job], error);
        }
        if job.run(&Writing::new(&self.connection, Mode::Careful)) == Verdict::Undo {
            self.roll_back();
            return job.finish();
        }
        match execute(&self.connection, "COMMIT") {
            Ok(()) => job.finish(),
            Err(error) => {
                self.roll_back();
                fail(vec![job], error);
            }
        }
    }

    /// SQLite rolls back by itself after some failures; doing it again would be an error.
    fn roll_back(&self) {
        if !self.connection.is_autocommit()
            && let Err(error) = execute(&self.connection, "ROLLBACK")
        {
            tracing::error!(%error, "a transaction of the event store could not be rolled back");
        }
    }
}

fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

fn fail(group: Vec<Box<dyn Job>>, error: rusqlite::Error) {
    let error = Arc::new(error);
    for job in group {
        job.fail(shared_error(&error));
    }
}

#[cfg(test)]
mod tests;
