//! Connections that only read, and where their work is done.
//!
//! SQLite reads on the thread that asks. What is short is read in place, since a hop to tokio's
//! blocking pool takes ten times as long as reading ten events; what may be long is done there, if
//! a runtime is there to hop from. A reader that finds all connections taken waits for one.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use super::SqliteOptions;
use super::connection::{look_to_read, open_reader};
use super::error::{closed, store_error};
use super::frozen::Frozen;
use super::identity::Identity;
use crate::error::{Error, ErrorKind};

/// Where a piece of reading is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// On the caller's thread: it is short.
    Here,
    /// On a thread where blocking is no harm.
    Aside,
}

/// The connections that read a file.
pub(super) struct Readers {
    file: Arc<Source>,
    permits: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

/// Where connections come from.
struct Source {
    options: SqliteOptions,
    file: Arc<Identity>,
    /// Of a file that can be read only as long as nobody changes it.
    frozen: Option<Frozen>,
}

/// A connection that goes back to the others when it is dropped.
struct Lent {
    connection: Option<Connection>,
    idle: Arc<Mutex<Vec<Connection>>>,
    // Given back after the connection, so that whoever gets it finds the connection.
    _permit: OwnedSemaphorePermit,
}

impl Readers {
    /// Beside the writer that has opened the file.
    pub(super) fn new(options: SqliteOptions, file: Arc<Identity>) -> Self {
        Self::of(Source { options, file, frozen: None })
    }

    /// Without a writer: looks at the file first.
    pub(super) async fn open(options: SqliteOptions) -> Result<Self, Error> {
        let open = move || {
            let frozen = look_to_read(&options)?;
            let file = Arc::new(Identity::of(&options)?);
            Ok(Self::of(Source { options, file, frozen }))
        };
        aside(open).await
    }

    fn of(file: Source) -> Self {
        let permits = Arc::new(Semaphore::new(file.options.read_connections()));
        Self { file: Arc::new(file), permits, idle: Arc::default() }
    }

    /// Does a piece of reading.
    pub(super) async fn read<T, F>(&self, place: Place, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<T, Error> + Send + 'static,
    {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| closed())?;
        let work = self.with_connection(permit, work);
        match place {
            Place::Here => work(),
            Place::Aside => aside(work).await,
        }
    }

    /// Begins a piece of reading that nobody waits for yet. There is none without a runtime, or if it
    /// would take the last connection from those who wait.
    pub(super) fn begin<T, F>(&self, work: F) -> Option<JoinHandle<Result<T, Error>>>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<T, Error> + Send + 'static,
    {
        let runtime = Handle::try_current().ok()?;
        if self.permits.available_permits() < 2 {
            return None;
        }
        let permit = Arc::clone(&self.permits).try_acquire_owned().ok()?;
        Some(runtime.spawn_blocking(self.with_connection(permit, work)))
    }

    pub(super) fn is_closed(&self) -> bool {
        self.permits.is_closed()
    }

    fn with_connection<T, F>(
        &self,
        permit: OwnedSemaphorePermit,
        mut work: F,
    ) -> impl FnOnce() -> Result<T, Error> + use<T, F>
    where
        F: FnMut(&Connection) -> Result<T, Error>,
    {
        let mut lent = Lent { connection: None, idle: Arc::clone(&self.idle), _permit: permit };
        let file = Arc::clone(&self.file);
        move || {
            file.check()?;
            let answer = work(lent.connection(&file)?);
            file.check().and(answer)
        }
    }

    /// Waits for the reads that are under way, and closes the connections.
    pub(super) async fn close(&self) {
        let all = u32::try_from(self.file.options.read_connections()).unwrap_or(u32::MAX);
        // An error says that another caller has closed them already.
        if let Ok(permits) = self.permits.acquire_many(all).await {
            self.permits.close();
            lock(&self.idle).clear();
            drop(permits);
        }
    }
}

/// Does work on a thread where blocking is no harm, if a runtime has one.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match Handle::try_current() {
        Ok(runtime) => runtime.spawn_blocking(work).await.unwrap_or_else(|error| {
            Err(Error::new(ErrorKind::Internal, "a call of the store was interrupted").with_source(error))
        }),
        Err(_) => work(),
    }
}

impl Source {
    fn open(&self) -> Result<Connection, Error> {
        self.file.check().map_err(|missing| missing.error())?;
        open_reader(&self.options, self.frozen.as_ref()).map_err(store_error)
    }

    fn check(&self) -> Result<(), Error> {
        self.frozen.as_ref().map_or(Ok(()), Frozen::check)
    }
}

impl Lent {
    fn connection(&mut self, file: &Source) -> Result<&Connection, Error> {
        let connection = match self.connection.take().or_else(|| lock(&self.idle).pop()) {
            Some(connection) => connection,
            None => file.open()?,
        };
        Ok(self.connection.insert(connection))
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            lock(&self.idle).push(connection);
        }
    }
}

fn lock(idle: &Mutex<Vec<Connection>>) -> std::sync::MutexGuard<'_, Vec<Connection>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}
