//! Hints between processes that the log has grown.
//!
//! After a commit the appender has others told, with PostgreSQL's own `NOTIFY`: on another connection
//! than the commit's, because a transaction that notifies holds up all others that do so until it is on
//! the disk, and at most once in [`APART`]. Who follows the log listens on one connection. All of this
//! is a hint: one that is lost costs the time until the next look at the log, and nothing else. The
//! transactions of users tell nobody, for the reason above.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::{PgListener, PgPool, PgPoolOptions};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::PostgresOptions;
use super::link::{Failure, Links, reading};
use super::statements::Statements;
use crate::error::Error;

/// How far apart two announcements are.
const APART: Duration = Duration::from_millis(10);
/// How soon a lost connection is made again, at first and at most.
const AGAIN: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));

pub(super) struct Hints {
    statements: Arc<Statements>,
    links: Arc<Links>,
    channel: String,
    /// How many hints there have been.
    heard: watch::Sender<u64>,
    /// Something was committed that others haven't been told of.
    untold: AtomicBool,
    /// Whoever has it tells.
    telling: tokio::sync::Mutex<()>,
    pool: PgPool,
    listener: Mutex<Option<JoinHandle<()>>>,
}

impl Hints {
    pub(super) fn new(options: &PostgresOptions, statements: Arc<Statements>, links: Arc<Links>) -> Arc<Self> {
        // One connection, which its holder never gives back.
        let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(options.patience());
        Arc::new(Self {
            statements,
            links,
            channel: format!("events.{}", options.schema()),
            heard: watch::Sender::new(0),
            untold: AtomicBool::new(false),
            telling: tokio::sync::Mutex::default(),
            pool: pool.connect_lazy_with(options.connect_options().clone()),
            listener: Mutex::default(),
        })
    }

    /// Something was committed by this process: its own readers know at once, others in a moment.
    pub(super) fn committed(self: &Arc<Self>) {
        note(&self.heard);
        if !self.untold.swap(true, Ordering::AcqRel) {
            tokio::spawn(Arc::clone(self).tell_apart());
        }
    }

    /// Something was written in a transaction that somebody else will commit, sooner or later.
    pub(super) fn written(&self) {
        note(&self.heard);
    }

    async fn tell_apart(self: Arc<Self>) {
        // Fair: what is committed from here on has the next one wait for the end of this pause.
        let _turn = self.telling.lock().await;
        self.tell().await;
        tokio::time::sleep(APART).await;
    }

    async fn tell(&self) {
        // Before it is sent: a commit that comes later isn't meant by it.
        if !self.untold.swap(false, Ordering::AcqRel) {
            return;
        }
        if let Err(error) = self.notify().await {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "others weren't told of a commit; they will find it"
            );
        }
    }

    async fn notify(&self) -> Result<(), Error> {
        reading!(self.links, link => async {
            let sent = sqlx::query(self.statements.notify.safe()).execute(&mut link.connection).await;
            sent.map(drop).map_err(Failure::from)
        })
    }

    /// Waits until there are more hints than `heard`; the first call begins to listen.
    pub(super) async fn hear(&self, heard: u64) -> u64 {
        self.listen();
        let mut hints = self.heard.subscribe();
        // It can't fail: `self` has the sender.
        hints.wait_for(|count| *count != heard).await.map_or(heard, |count| *count)
    }

    fn listen(&self) {
        let mut listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner);
        // A task ends by itself with the runtime that it was begun on.
        if !self.pool.is_closed() && listener.as_ref().is_none_or(JoinHandle::is_finished) {
            *listener = Some(tokio::spawn(listen(self.pool.clone(), self.channel.clone(), self.heard.clone())));
        }
    }

    /// Tells what is still to be told, and listens no more.
    pub(super) async fn close(&self) {
        let turn = self.telling.lock().await;
        self.tell().await;
        drop(turn);
        self.pool.close().await;
        let listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(listener) = listener {
            listener.abort();
        }
    }
}

impl Drop for Hints {
    fn drop(&mut self) {
        let listener = self.listener.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(listener) = listener {
            listener.abort();
        }
    }
}

fn note(heard: &watch::Sender<u64>) {
    heard.send_modify(|count| *count = count.wrapping_add(1));
}

/// Listens until the pool is closed; connects again whenever the connection is lost.
async fn listen(pool: PgPool, channel: String, heard: watch::Sender<u64>) {
    let (first, longest) = AGAIN;
    let mut pause = first;
    while !pool.is_closed() {
        let lost = match attend(&pool, &channel, &heard, &mut pause).await {
            Ok(()) | Err(sqlx::Error::PoolClosed) => return,
            Err(error) => error,
        };
        tracing::debug!(error = &lost as &dyn std::error::Error, "nothing is heard of other processes; trying again");
        tokio::time::sleep(pause).await;
        pause = pause.saturating_mul(2).min(longest);
    }
}

async fn attend(
    pool: &PgPool,
    channel: &str,
    heard: &watch::Sender<u64>,
    pause: &mut Duration,
) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(channel).await?;
    loop {
        *pause = AGAIN.0;
        // What was said before is lost, so this is a hint as well.
        note(heard);
        while listener.try_recv().await?.is_some() {
            note(heard);
        }
        // The connection was lost, and there is another one already.
    }
}
