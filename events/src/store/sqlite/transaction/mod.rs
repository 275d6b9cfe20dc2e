//! Transactions that are lent to handlers.
//!
//! Each has a connection of its own and, as SQLite has it, the one write lock: while it is open, all
//! others who write to the file wait. So it has a time limit. A statement that runs beyond it is
//! interrupted, and what comes to be committed later is refused. Only a handler that stays away in
//! its own code, without calling SQLite, can hold the others up for longer; they are refused as
//! unavailable then.
//!
//! In this process one such transaction is open at a time, and it takes turns with the writer's thread.

mod open;
mod watch;

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::open::OpenTransaction;
use self::watch::Watched;
use super::SqliteOptions;
use super::error::{closed, held_up};
use super::identity::Identity;
use super::readers::aside;
use super::turns::Turns;
use crate::error::Error;
use crate::store::LaneTransaction;

/// Where transactions begin.
pub(super) struct Transactions {
    options: SqliteOptions,
    file: Arc<Identity>,
    turns: Turns,
    home: Arc<Home>,
}

/// What transactions have in common.
struct Home {
    /// Closed with the store.
    one: Arc<Semaphore>,
    /// The connection of the last transaction.
    idle: Mutex<Option<Watched>>,
}

/// The right to have a transaction open.
struct Permit {
    home: Arc<Home>,
    _one: OwnedSemaphorePermit,
}

impl Transactions {
    pub(super) fn new(options: SqliteOptions, file: Arc<Identity>, turns: Turns) -> Self {
        let home = Home { one: Arc::new(Semaphore::new(1)), idle: Mutex::default() };
        Self { options, file, turns, home: Arc::new(home) }
    }

    /// Waits for its turn and begins a transaction.
    pub(super) async fn begin(&self) -> Result<Box<dyn LaneTransaction>, Error> {
        let one = Arc::clone(&self.home.one).acquire_owned().await.map_err(|_| closed())?;
        let permit = Permit { home: Arc::clone(&self.home), _one: one };
        let (options, file, turns) = (self.options.clone(), Arc::clone(&self.file), self.turns.clone());
        let begin = move || {
            let turn = turns.take().ok_or_else(held_up)?;
            file.check().map_err(|missing| missing.error())?;
            let watched = permit.take().map_or_else(|| Watched::open(&options), Ok)?;
            OpenTransaction::begin(watched, options.transaction_timeout(), turn, permit)
        };
        Ok(Box::new(aside(begin).await?))
    }

    /// Does what has to be done outside of any transaction, while nobody else in this process writes.
    pub(super) async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&SqliteOptions) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let one = Arc::clone(&self.home.one).acquire_owned().await.map_err(|_| closed())?;
        let (options, turns) = (self.options.clone(), self.turns.clone());
        let work = move || {
            let (_one, _turn) = (one, turns.take().ok_or_else(held_up)?);
            work(&options)
        };
        aside(work).await
    }

    /// Refuses further transactions, and the commit of the one that is open.
    pub(super) fn close(&self) {
        self.home.one.close();
        drop(self.home.idle.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

impl Permit {
    fn is_closed(&self) -> bool {
        self.home.one.is_closed()
    }

    fn take(&self) -> Option<Watched> {
        self.home.idle.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Keeps a connection for the next transaction, if there may be one.
    fn give_back(&self, watched: Watched) {
        let mut idle = self.home.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_closed() {
            *idle = Some(watched);
        }
    }
}
