//! The end of a dispatcher.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::EventDispatcher;
use super::inner::{Inner, Part};
use crate::error::{Error, ErrorKind};
use crate::id::HandlerName;
use crate::store::LetterStatus;

/// How long [`EventDispatcher::shutdown`] waits.
const DEADLINE: Duration = Duration::from_secs(30);
/// How long it waits for the end of what was cut off, and for the store to take the lanes back.
const GIVING_BACK: Duration = Duration::from_secs(1);

/// What a shutdown has left.
///
/// ```standalone_crate
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).start().await?;
/// app.subscribe(|_: &Ping| Outcome::Snooze(std::time::Duration::from_secs(3_600)));
/// app.publish(Ping).await?;
/// let report = app.shutdown().await?;
/// assert_eq!((report.under_way, report.letters_retrying), (0, 1));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Commits and background tasks that were still under way at the deadline; they go on as long
    /// as the runtime does.
    pub under_way: usize,
    /// Whether a retry of an inline handler, or what an operator has asked for, was still under way at the
    /// deadline; it was given up, and uses up no attempt.
    pub retry_given_up: bool,
    /// How many calls of which durable handlers were still under way at the deadline. They were cut off,
    /// and use up no attempt: whoever runs the handler next makes them again.
    pub durable_calls: BTreeMap<HandlerName, usize>,
    /// Whether durable handlers stay this process's until their leases end, because a call couldn't be cut
    /// off that keeps its thread, or the store didn't answer. Otherwise others can have them at once.
    pub leases_left: bool,
    /// Letters that wait for their next attempt, in this process or another.
    pub letters_retrying: u64,
}

impl EventDispatcher {
    /// Refuses new commits, waits up to 30 s for what is under way, and stops the background work.
    /// Letters stay in the store and go on with the next start.
    ///
    /// The store stays open, for others may have it. It is closed with its last handle, which is this
    /// dispatcher's if nobody else has one, or by [`EventStore::close`](crate::EventStore::close).
    ///
    /// # Errors
    /// If the store can't be asked for what is left; the shutdown has happened all the same.
    ///
    /// # Examples
    /// ```standalone_crate
    /// # use events::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, DomainEvent)]
    /// # #[event(no_stream)]
    /// # struct Ping;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).start().await?;
    /// app.publish(Ping).await?;
    /// app.shutdown().await?;
    /// assert!(app.publish(Ping).await.unwrap_err().is_unavailable());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn shutdown(&self) -> Result<ShutdownReport, Error> {
        self.shutdown_within(DEADLINE).await
    }

    /// As [`shutdown`](Self::shutdown), with another deadline.
    ///
    /// Calls of durable handlers that are under way then are cut off where they wait for something, and the
    /// report names them. Giving their lanes back takes up to a second more.
    ///
    /// # Errors
    /// As [`shutdown`](Self::shutdown).
    pub async fn shutdown_within(&self, deadline: Duration) -> Result<ShutdownReport, Error> {
        let started = Instant::now();
        let time_left = || deadline.saturating_sub(started.elapsed());
        self.inner.activity.close();
        let workers = std::mem::take(&mut *self.inner.workers.lock().unwrap_or_else(PoisonError::into_inner));
        for worker in &workers {
            worker.stop.send_replace(true);
        }
        let mut report = ShutdownReport::default();
        for mut worker in workers {
            match timeout(time_left(), &mut worker.task).await {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => tracing::error!(%error, "the background work had ended before its time"),
                Err(_) => worker.task.abort(),
            }
            match worker.part {
                Part::Retries | Part::Requests => report.retry_given_up = true,
                Part::Durable => self.inner.cut_durable_off(worker.task, &mut report).await,
            }
        }
        report.under_way = self.inner.activity.drained(time_left()).await;
        self.inner.activity.end();
        let letters = self.dead_letters().stats().await?;
        report.letters_retrying = letters.by_status.get(&LetterStatus::Retrying).copied().unwrap_or(0);
        tracing::info!(?report, "the dispatcher was shut down");
        Ok(report)
    }
}

impl Inner {
    /// Notes which durable handlers are still at it, and gives their lanes back when nothing of it is left.
    /// `task` is the work on them, aborted.
    async fn cut_durable_off(&self, task: JoinHandle<()>, report: &mut ShutdownReport) {
        report.durable_calls = self.calls.cut_off(&self.durable);
        let give_back = async {
            // Only when all calls are dropped: the next owner of a lane makes them again, and two calls with
            // events of one stream must not run at the same time.
            if !task.is_finished() {
                // It says that it was aborted.
                drop(task.await);
            }
            self.calls.ended(&self.durable).await;
            self.store.backend().end_process(self.owner.clone()).await
        };
        let failed = match timeout(GIVING_BACK, give_back).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error,
            Err(_) => Error::new(ErrorKind::Timeout, "a call keeps its thread, or the store doesn't answer"),
        };
        report.leases_left = true;
        tracing::warn!(
            error = &failed as &dyn std::error::Error,
            "the leases of durable handlers weren't given back; they end by themselves"
        );
    }
}
