//! The end of a dispatcher.

use std::sync::PoisonError;
use std::time::Duration;

use super::EventDispatcher;
use crate::error::Error;
use crate::store::LetterStatus;

/// How long [`EventDispatcher::shutdown`] waits.
const DEADLINE: Duration = Duration::from_secs(30);

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
    /// Whether a retry was still under way at the deadline; it was given up, and uses up no attempt.
    pub retry_given_up: bool,
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
    /// # Errors
    /// As [`shutdown`](Self::shutdown).
    pub async fn shutdown_within(&self, deadline: Duration) -> Result<ShutdownReport, Error> {
        let started = tokio::time::Instant::now();
        self.inner.activity.close();
        let workers = std::mem::take(&mut *self.inner.workers.lock().unwrap_or_else(PoisonError::into_inner));
        for worker in &workers {
            worker.stop.send_replace(true);
        }
        let mut retry_given_up = false;
        for mut worker in workers {
            match tokio::time::timeout(deadline.saturating_sub(started.elapsed()), &mut worker.task).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::error!(%error, "the background work had ended before its time");
                    retry_given_up = true;
                }
                Err(_) => {
                    worker.task.abort();
                    retry_given_up = true;
                }
            }
        }
        let under_way = self.inner.activity.drained(deadline.saturating_sub(started.elapsed())).await;
        self.inner.activity.end();
        let letters = self.dead_letters().stats().await?;
        let letters_retrying = letters.by_status.get(&LetterStatus::Retrying).copied().unwrap_or(0);
        let report = ShutdownReport { under_way, retry_given_up, letters_retrying };
        tracing::info!(?report, "the dispatcher was shut down");
        Ok(report)
    }
}
