//! Durable handlers as operators see them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use crate::dead_letter::Audit;
use crate::error::{Error, ErrorKind};
use crate::id::{HandlerName, Position};
use crate::store::{
    EventFilter, EventStore, HandlerAction, HandlerChange, HandlerRow, LogQuery, ParkedKey, ProcessRow,
};

/// The durable handlers of a store: how far they have got, and what operators do about them.
///
/// It needs no dispatcher: a tool opens the store and asks. What it changes is a row in the store,
/// with who, when and why, and the processes that run the handler follow it.
///
/// ```
/// use events::{Audit, DurableHandlers, EventStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let handlers = DurableHandlers::new(EventStore::memory());
/// assert!(handlers.list().await?.is_empty());
/// let unknown = handlers.pause("send_welcome", Audit::by("ada").because("the mail server moves")).await;
/// assert!(unknown.unwrap_err().is_not_found());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct DurableHandlers {
    store: EventStore,
    changed: Option<watch::Sender<u64>>,
}

/// How far a durable handler is behind the log.
///
/// ```
/// use events::{DurableHandlers, EventStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let handlers = DurableHandlers::new(EventStore::memory());
/// for lag in handlers.lag().await? {
///     println!("{} has {} positions to go", lag.handler, lag.positions);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lag {
    /// The handler.
    pub handler: HandlerName,
    /// How many positions lie between the slowest lane's checkpoint and the end of the log. Not all of
    /// them are of events that the handler takes.
    pub positions: u64,
    /// How long the first event behind that checkpoint has been recorded.
    pub oldest: Option<Duration>,
    /// How many keys wait behind a letter.
    pub parked: u64,
}

impl DurableHandlers {
    /// Those of a store.
    #[must_use]
    pub fn new(store: EventStore) -> Self {
        Self { store, changed: None }
    }

    /// Those of a store that a dispatcher of this process works on: it follows a change at once.
    pub(crate) fn waking(store: EventStore, changed: watch::Sender<u64>) -> Self {
        Self { store, changed: Some(changed) }
    }

    pub(super) fn store(&self) -> &EventStore {
        &self.store
    }

    /// All that the store knows, by name.
    ///
    /// # Errors
    /// If the store can't be read, or serves no durable handlers.
    pub async fn list(&self) -> Result<Vec<HandlerRow>, Error> {
        self.store.backend().durable_handlers().await
    }

    /// The handler of that name.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn get(&self, handler: impl Into<HandlerName>) -> Result<Option<HandlerRow>, Error> {
        let handler = handler.into();
        Ok(self.list().await?.into_iter().find(|row| row.name == handler))
    }

    /// The keys of a handler that wait behind a letter, and from where.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn parked(&self, handler: impl Into<HandlerName>) -> Result<Vec<ParkedKey>, Error> {
        self.store.backend().parked_keys(&handler.into()).await
    }

    /// The processes that are alive, and what they declare.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn processes(&self) -> Result<Vec<ProcessRow>, Error> {
        self.store.backend().processes(self.store.now()).await
    }

    /// How far each handler is behind the log.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn lag(&self) -> Result<Vec<Lag>, Error> {
        let end = self.store.backend().log_end().await?;
        let now = self.store.now();
        let mut lags = Vec::new();
        for row in self.list().await? {
            let checkpoint = row.lanes.iter().map(|lane| lane.checkpoint).min().unwrap_or(end);
            lags.push(Lag {
                handler: row.name,
                positions: end.value().saturating_sub(checkpoint.value()),
                oldest: self.recorded_after(checkpoint).await?.map(|time| (now - time).to_std().unwrap_or_default()),
                parked: row.parked,
            });
        }
        Ok(lags)
    }

    /// When the first event after a position was recorded.
    async fn recorded_after(&self, position: Position) -> Result<Option<DateTime<Utc>>, Error> {
        let query = LogQuery::new().after(position).with_filter(EventFilter::new()).with_limit(1);
        let page = self.store.read_log(query).await?;
        Ok(page.events().first().and_then(|event| event.metadata().recorded_at()))
    }

    /// Stops a handler: its owner begins no call any more. Nothing is lost; it goes on where it was.
    ///
    /// # Errors
    /// If the store doesn't know the handler, or can't be written.
    pub async fn pause(&self, handler: impl Into<HandlerName>, audit: Audit) -> Result<(), Error> {
        self.change(handler.into(), HandlerAction::Pause, audit).await
    }

    /// Lets a handler go on that was paused, or that has halted.
    ///
    /// # Errors
    /// As [`pause`](Self::pause).
    pub async fn resume(&self, handler: impl Into<HandlerName>, audit: Audit) -> Result<(), Error> {
        self.change(handler.into(), HandlerAction::Resume, audit).await
    }

    /// Lets a handler begin again after a position: [`Position::START`] for all of the log. Its open
    /// letters are discarded, since it meets their events again.
    ///
    /// # Errors
    /// As [`pause`](Self::pause); and if the position is behind the end of the log, since the handler would
    /// pass over events that are still to come.
    pub async fn reset(&self, handler: impl Into<HandlerName>, to: Position, audit: Audit) -> Result<(), Error> {
        let (handler, end) = (handler.into(), self.store.backend().log_end().await?);
        if to > end {
            let message = format!(
                "the log ends at position {end}: begin again after {to}, and `{handler}` would pass over events that \
                 are still to come; give at most {end}, with which it goes on with the next event"
            );
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        self.change(handler, HandlerAction::Reset { to }, audit).await
    }

    /// Has a handler make its read model anew: it begins again where it once began, and what it emits on
    /// events that it has handled before is held back. Its open letters are discarded, since it meets their
    /// events again. Whoever has to empty tables first pauses the handler.
    ///
    /// # Errors
    /// As [`pause`](Self::pause).
    pub async fn rebuild(&self, handler: impl Into<HandlerName>, audit: Audit) -> Result<(), Error> {
        self.change(handler.into(), HandlerAction::Rebuild, audit).await
    }

    /// Forgets a handler that no program declares any more; its open letters are discarded.
    ///
    /// # Errors
    /// As [`pause`](Self::pause); and if a process that is alive declares it.
    pub async fn remove(&self, handler: impl Into<HandlerName>, audit: Audit) -> Result<(), Error> {
        self.change(handler.into(), HandlerAction::Remove, audit).await
    }

    async fn change(&self, handler: HandlerName, action: HandlerAction, audit: Audit) -> Result<(), Error> {
        let (by, reason) = audit.into_parts();
        let change = HandlerChange { handler: handler.clone(), action, by, reason, at: self.store.now() };
        if !self.store.backend().change_handler(change).await? {
            let message = format!("the store knows no durable handler `{handler}`");
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        if let Some(changed) = &self.changed {
            changed.send_modify(|count| *count = count.wrapping_add(1));
        }
        Ok(())
    }
}
