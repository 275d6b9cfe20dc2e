//! A connection that nobody but the lane can commit, and whose statements end in time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::super::SqliteOptions;
use super::super::connection::open_another_writer;
use super::super::error::store_error;
use super::super::lock;
use crate::error::Error;

/// How many steps a statement may make, some microseconds' worth, before it is looked whether it is late.
const STEPS: i32 = 1_000;

/// A connection with its hooks.
pub(super) struct Watched {
    pub(super) connection: Connection,
    watch: Arc<Watch>,
    /// How long to wait for the write lock.
    patience: Duration,
}

/// What the hooks look at.
#[derive(Default)]
struct Watch {
    deadline: Mutex<Option<Instant>>,
    /// Until this is set, a commit becomes a rollback: one that the handler asks for, and those of
    /// statements that it makes when its transaction has ended.
    may_commit: AtomicBool,
}

impl Watched {
    pub(super) fn open(options: &SqliteOptions) -> Result<Self, Error> {
        let mut connection = open_another_writer(options)?;
        let watch = Watch::install(&mut connection).map_err(store_error)?;
        Ok(Self { connection, watch, patience: options.busy_timeout() })
    }

    /// Begins a transaction that has so much time.
    pub(super) fn begin(&self, limit: Duration) -> rusqlite::Result<()> {
        self.allow_commit(false);
        lock::begin(&self.connection, self.patience)?;
        self.execute("SAVEPOINT events_lane")?;
        // Without a deadline, if it is too far away to be told.
        self.watch.set_deadline(Instant::now().checked_add(limit));
        Ok(())
    }

    pub(super) fn is_late(&self) -> bool {
        self.watch.is_late()
    }

    /// Whether the transaction is open, or the one that the handler has begun after it.
    pub(super) fn is_open(&self) -> bool {
        !self.connection.is_autocommit()
    }

    /// Fails if the transaction isn't the one that was begun: its savepoint isn't there. A rollback
    /// hook would tell as well, but of a connection that is closed in the middle of a transaction
    /// rusqlite 0.42 calls it after it was freed.
    pub(super) fn release(&self) -> rusqlite::Result<()> {
        self.execute("RELEASE events_lane")
    }

    pub(super) fn commit(&self) -> rusqlite::Result<()> {
        self.allow_commit(true);
        let committed = self.execute("COMMIT");
        self.allow_commit(false);
        committed
    }

    pub(super) fn roll_back(&self) -> rusqlite::Result<()> {
        self.stop_clock();
        if self.is_open() { self.execute("ROLLBACK") } else { Ok(()) }
    }

    /// What follows is the lane's, and has all the time it takes.
    pub(super) fn stop_clock(&self) {
        self.watch.set_deadline(None);
    }

    fn allow_commit(&self, allow: bool) {
        self.watch.may_commit.store(allow, Ordering::SeqCst);
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }
}

impl Watch {
    fn install(connection: &mut Connection) -> rusqlite::Result<Arc<Self>> {
        let watch = Arc::new(Self::default());
        let [working, committing] = std::array::from_fn(|_| Arc::clone(&watch));
        connection.progress_handler(STEPS, Some(move || working.is_late()))?;
        connection.commit_hook(Some(move || !committing.may_commit.load(Ordering::SeqCst)))?;
        Ok(watch)
    }

    fn is_late(&self) -> bool {
        let deadline = *self.deadline.lock().unwrap_or_else(PoisonError::into_inner);
        deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    fn set_deadline(&self, deadline: Option<Instant>) {
        *self.deadline.lock().unwrap_or_else(PoisonError::into_inner) = deadline;
    }
}
