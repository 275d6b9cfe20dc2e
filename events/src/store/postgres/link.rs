//! Connections, and how many of them there are.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnection;
use sqlx::{ConnectOptions, Connection};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::PostgresOptions;
use super::error::{closed, is_lost, read_only, store_error};
use crate::error::{Error, ErrorKind};
use crate::id::Position;

/// A connection that has done nothing for this long is asked whether it is alive before something
/// is written on it.
const FRESH: Duration = Duration::from_secs(1);

/// A connection, set up as the store needs it.
pub(super) struct Link {
    pub(super) connection: PgConnection,
    /// How far the log is known to be decided: an event at this position was read or written. Kept
    /// with the connection, because a server that was restored from a backup ends it.
    pub(super) decided: Position,
    used: Instant,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Appending: its statements know their way by the indices.
    Append,
    /// Everything else.
    General,
}

impl Link {
    pub(super) async fn connect(options: &PostgresOptions, purpose: Purpose) -> Result<Self, sqlx::Error> {
        let connecting = options.connect_options().connect();
        let too_slow = |_| std::io::Error::new(std::io::ErrorKind::TimedOut, "it doesn't answer");
        let mut connection = tokio::time::timeout(options.patience(), connecting).await.map_err(too_slow)??;
        set_up(&mut connection, options, purpose).await?;
        Ok(Self { connection, decided: Position::START, used: Instant::now() })
    }
}

/// Gives a new connection its settings.
pub(super) async fn set_up(
    connection: &mut PgConnection,
    options: &PostgresOptions,
    purpose: Purpose,
) -> Result<(), sqlx::Error> {
    const SETTINGS: &str = include_str!("sql/settings.sql");
    let patience = format!("{}ms", options.patience().as_millis());
    let (appends, careless) = (purpose == Purpose::Append, options.asynchronous_commit());
    let read_only = if options.is_read_only() { "on" } else { "off" };
    sqlx::query(SETTINGS).bind(patience).bind(careless).bind(appends).bind(read_only).execute(connection).await?;
    Ok(())
}

/// A failure of work on a connection.
pub(super) enum Failure {
    /// Of PostgreSQL, or of the way to it.
    Sql(sqlx::Error),
    /// Of what was asked for, or of what was found.
    Store(Error),
}

impl Failure {
    pub(super) fn is_lost(&self) -> bool {
        matches!(self, Self::Sql(error) if is_lost(error))
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Sql(error) => store_error(error),
            Failure::Store(error) => error,
        }
    }
}

/// The connections for everything but appending: opened when they are needed, up to a number.
pub(super) struct Links {
    options: Arc<PostgresOptions>,
    idle: Mutex<Vec<Link>>,
    turns: Semaphore,
}

impl Links {
    /// With one connection that is open already.
    pub(super) fn new(options: Arc<PostgresOptions>, first: Link) -> Self {
        let turns = Semaphore::new(options.read_connections());
        Self { options, idle: Mutex::new(vec![first]), turns }
    }

    /// A connection to read with. One that has died since it was used last is found out by using it,
    /// and the work done again: see [`Taken::settle`].
    pub(super) async fn take(&self) -> Result<Taken<'_>, Error> {
        let turn = self.turns.acquire().await.map_err(|_| closed())?;
        let idle = self.idle().pop();
        let link = match idle {
            Some(link) => link,
            None => Link::connect(&self.options, Purpose::General).await.map_err(store_error)?,
        };
        Ok(Taken { links: self, link: Some(link), _turn: turn })
    }

    /// Fails if the store was opened to be read alone.
    pub(super) fn check_writable(&self) -> Result<(), Error> {
        if self.options.is_read_only() { Err(read_only()) } else { Ok(()) }
    }

    /// A connection to write with, where nothing may be done twice.
    pub(super) async fn take_to_write(&self) -> Result<Taken<'_>, Error> {
        self.check_writable()?;
        let mut taken = self.take().await?;
        let mut lost = false;
        if let Some(link) = taken.link.as_mut().filter(|link| link.used.elapsed() > FRESH) {
            lost = link.connection.ping().await.is_err();
        }
        if lost {
            self.idle().clear();
            taken.link = Some(Link::connect(&self.options, Purpose::General).await.map_err(store_error)?);
        }
        Ok(taken)
    }

    /// Waits until all connections are back, and ends them.
    pub(super) async fn close(&self) {
        let all = u32::try_from(self.options.read_connections()).unwrap_or(u32::MAX);
        // It fails when they are closed already.
        if let Ok(turns) = self.turns.acquire_many(all).await {
            turns.forget();
            self.turns.close();
        }
        let links = std::mem::take(&mut *self.idle());
        for link in links {
            end(link).await;
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Link>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says goodbye to the server, which may be gone.
pub(super) async fn end(link: Link) {
    if let Err(error) = link.connection.close().await {
        tracing::debug!(error = &error as &dyn std::error::Error, "a connection to PostgreSQL was lost at its end");
    }
}

/// A connection in use. Dropped in the middle of its work, it is ended.
pub(super) struct Taken<'l> {
    links: &'l Links,
    link: Option<Link>,
    _turn: SemaphorePermit<'l>,
}

impl Taken<'_> {
    pub(super) fn link(&mut self) -> Result<&mut Link, Error> {
        self.link.as_mut().ok_or_else(|| Error::new(ErrorKind::Internal, "the connection was given back already"))
    }

    /// Gives the connection back, if it is still good. Work that has failed because the connection had
    /// died, or has died meanwhile, is done again once if `again` allows it.
    pub(super) fn settle<T>(mut self, done: Result<T, Failure>, again: &mut bool) -> ControlFlow<Result<T, Error>, ()> {
        let lost = done.as_ref().is_err_and(Failure::is_lost);
        if lost && *again {
            *again = false;
            // The others have died with it.
            self.links.idle().clear();
            return ControlFlow::Continue(());
        }
        let is_good = matches!(&done, Ok(_) | Err(Failure::Sql(sqlx::Error::Database(_)))) && !lost;
        if let Some(mut link) = self.link.take().filter(|_| is_good) {
            link.used = Instant::now();
            self.links.idle().push(link);
        }
        ControlFlow::Break(done.map_err(Error::from))
    }
}

/// Reads on a connection; once more on a new one if the first was dead, or dies.
macro_rules! reading {
    ($links:expr, $link:ident => $work:expr) => {{
        let mut again = true;
        loop {
            let mut taken = $links.take().await?;
            let $link = taken.link()?;
            let done = $work.await;
            if let ControlFlow::Break(result) = taken.settle(done, &mut again) {
                break result;
            }
        }
    }};
}

/// Writes on a connection.
macro_rules! writing {
    ($links:expr, $link:ident => $work:expr) => {{
        let mut taken = $links.take_to_write().await?;
        let $link = taken.link()?;
        let done = $work.await;
        match taken.settle(done, &mut false) {
            ControlFlow::Break(result) => result,
            ControlFlow::Continue(()) => Err(closed()),
        }
    }};
}

pub(super) use {reading, writing};
