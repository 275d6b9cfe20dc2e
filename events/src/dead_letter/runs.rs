//! Runs and edits: what the owners of handlers are asked to do with letters.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{Audit, DeadLetterQueue};
use crate::error::{Error, ErrorKind};
use crate::event::Payload;
use crate::id::{HandlerName, StreamId};
use crate::store::{
    FailedEvent, HandlerState, LetterId, LetterQuery, LetterStatus, NewRequest, Operation, OperationId, Request,
    RunPace, RunProgress, StopRun, limits,
};

/// How many letters are read at once.
const PAGE: usize = 1_000;
/// How many operations are looked through for runs at once.
const OPERATIONS: usize = 1_000;

/// What a run would do, were it begun now.
///
/// ```
/// use events::store::LetterQuery;
/// use events::{DeadLetterQueue, EventStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), events::Error> {
/// let letters = DeadLetterQueue::new(EventStore::memory());
/// let plan = letters.plan_run(LetterQuery::new().handler("send_welcome")).await?;
/// assert!(plan.letters.is_empty(), "there is nothing to do");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunPlan {
    /// The letters that would be tried, in that order.
    pub letters: Vec<LetterId>,
    /// How many of them are of which handler.
    pub by_handler: BTreeMap<HandlerName, u64>,
    /// How many streams their events belong to.
    pub streams: u64,
    /// How many keys with later events would be released behind them.
    pub parked: u64,
    /// Those of the durable handlers that no process declares which is alive: their letters would wait until
    /// one is started. Of inline handlers nobody knows.
    pub without_process: Vec<HandlerName>,
    /// Those of the durable handlers that are paused or halted: their letters wait until they are resumed.
    pub not_running: Vec<HandlerName>,
}

/// A run, and how far it is.
///
/// ```standalone_crate
/// # use events::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, DomainEvent)]
/// # #[event(no_stream)]
/// # struct Ping;
/// use events::store::{LetterQuery, RunPace};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let app = EventDispatcher::builder().handlers(HandlerRegistry::none()).retry(RetryPolicy::never()).build()?;
/// # app.subscribe(|_: &Ping| Err::<(), _>("the server is busy"));
/// # app.publish(Ping).await?;
/// let letters = app.dead_letters();
/// let why = Audit::by("ada").because("the server has more memory");
/// let run = letters.start_run(LetterQuery::new().event("ping"), RunPace::new(), why).await?.unwrap();
/// assert_eq!((run.progress.total, run.progress.waiting), (1, 1));
/// assert!(run.operation.state.is_open(), "a started dispatcher that has the handler takes it on");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Run {
    /// Who asked for it, when and why, in which state it is, and what came of it.
    pub operation: Operation,
    /// How fast it goes, and when it gives up.
    pub pace: RunPace,
    /// What has become of its letters.
    pub progress: RunProgress,
}

impl DeadLetterQueue {
    /// What a run over the dead letters that match would do, without doing it.
    ///
    /// # Errors
    /// If the query has no condition and isn't [`LetterQuery::all`], or the store can't be read.
    pub async fn plan_run(&self, letters: LetterQuery) -> Result<RunPlan, Error> {
        refuse_unsaid(&letters)?;
        let picked = self.free_dead_letters(letters).await?;
        let mut plan = RunPlan::default();
        let mut streams: HashSet<&StreamId> = HashSet::new();
        let mut keys: BTreeMap<&HandlerName, BTreeSet<&str>> = BTreeMap::new();
        for letter in &picked {
            plan.letters.push(letter.id);
            *plan.by_handler.entry(letter.handler.clone()).or_default() += 1;
            streams.insert(&letter.stream);
            if let Some(key) = letter.lane.as_ref().and_then(|lane| lane.key.as_deref()) {
                keys.entry(&letter.handler).or_default().insert(key);
            }
        }
        plan.streams = streams.len() as u64;
        for (handler, keys) in keys {
            let parked = self.store().backend().parked_keys(handler).await?;
            plan.parked += parked.iter().filter(|parked| keys.contains(parked.key.as_str())).count() as u64;
        }
        self.add_who_waits(&mut plan).await?;
        Ok(plan)
    }

    /// The letters that a run would take, in its order.
    async fn free_dead_letters(&self, letters: LetterQuery) -> Result<Vec<FailedEvent>, Error> {
        let open: Vec<_> = self.store().backend().open_requests().await?.iter().map(|open| open.id).collect();
        let limit = letters.limit.unwrap_or(usize::MAX);
        let mut next = letters.with_limit(PAGE);
        let mut picked = Vec::new();
        loop {
            let page = self.list(next.clone()).await?;
            let last = page.last().map(|letter| letter.id).filter(|_| page.len() == PAGE);
            let is_free = |letter: &FailedEvent| !letter.run.is_some_and(|run| open.contains(&run));
            picked.extend(page.into_iter().filter(|letter| letter.status == LetterStatus::Dead && is_free(letter)));
            match last {
                Some(last) => next = next.after(last),
                None => break,
            }
        }
        picked.sort_by_key(|letter| (letter.last_failed_at, letter.id));
        picked.truncate(limit);
        Ok(picked)
    }

    /// Adds the handlers that wouldn't try their letters now.
    async fn add_who_waits(&self, plan: &mut RunPlan) -> Result<(), Error> {
        let backend = self.store().backend();
        let processes = backend.processes(self.store().now()).await?;
        for row in backend.durable_handlers().await? {
            if !plan.by_handler.contains_key(&row.name) {
                continue;
            }
            if !processes.iter().any(|process| process.handlers.contains(&row.name)) {
                plan.without_process.push(row.name.clone());
            }
            if row.state != HandlerState::Running {
                plan.not_running.push(row.name);
            }
        }
        Ok(())
    }

    /// Has the dead letters that match tried again, one after the other: those that failed longest ago come
    /// first, and each is tried once. The letters are taken now: what dies later isn't among them, nor is
    /// what another open run has. `None` if there are none.
    ///
    /// A started dispatcher that has the handler takes the run on, within about a second; if its process
    /// dies, another goes on. It begins with one letter, and with more at the same time as letters succeed.
    /// A letter that fails is dead again, and [`RunPace::stop_after`] such failures end the run; the letters
    /// that it hasn't begun stay dead. What waits behind a letter that succeeds is handled after it.
    ///
    /// # Errors
    /// If the query has no condition and isn't [`LetterQuery::all`], or the store can't be written; nothing
    /// is changed then.
    pub async fn start_run(&self, letters: LetterQuery, pace: RunPace, audit: Audit) -> Result<Option<Run>, Error> {
        refuse_unsaid(&letters)?;
        let Some(operation) = self.request(Request::Redrive(pace), letters, audit).await? else { return Ok(None) };
        let progress = RunProgress { total: operation.total, waiting: operation.total, ..RunProgress::default() };
        Ok(Some(Run { operation, pace, progress }))
    }

    /// A run, from any process.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn run(&self, id: OperationId) -> Result<Option<Run>, Error> {
        match self.operation(id).await? {
            Some(operation) => self.progress_of(operation).await,
            None => Ok(None),
        }
    }

    /// The runs among the last thousand operations, newest first.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn runs(&self) -> Result<Vec<Run>, Error> {
        let mut runs = Vec::new();
        for operation in self.operations(OPERATIONS).await? {
            runs.extend(self.progress_of(operation).await?);
        }
        Ok(runs)
    }

    async fn progress_of(&self, operation: Operation) -> Result<Option<Run>, Error> {
        let Some(Request::Redrive(pace)) = operation.request else { return Ok(None) };
        let progress = self.store().backend().run_progress(operation.id).await?;
        Ok(progress.map(|progress| Run { operation, pace, progress }))
    }

    /// Stops a run: what is being tried comes to its end, and nothing more is begun.
    ///
    /// # Errors
    /// If there is no such run or it has ended, or the store can't be written.
    ///
    /// # Examples
    /// ```
    /// use events::store::OperationId;
    /// use events::{Audit, DeadLetterQueue, EventStore};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let letters = DeadLetterQueue::new(EventStore::memory());
    /// assert!(letters.stop_run(OperationId::new(1), Audit::by("ada")).await.unwrap_err().is_not_found());
    /// # }
    /// ```
    pub async fn stop_run(&self, id: OperationId, audit: Audit) -> Result<(), Error> {
        let (by, reason) = audit.into_parts();
        let stop = StopRun { id, by, reason, at: self.store().now() };
        if self.store().backend().stop_run(stop).await? {
            self.note_change();
            return Ok(());
        }
        Err(Error::new(ErrorKind::NotFound, format!("no run {id} is open")))
    }

    /// Asks for a letter's event to be handled with other data from now on. A process that has the handler
    /// looks whether they are data of that event, and says so in the operation's result; the event in the
    /// log stays as it is. `None` if there is no such letter, or it is closed.
    ///
    /// A letter that is dead stays so: redrive it when the edit is [`Done`](crate::store::OperationState::Done).
    ///
    /// # Errors
    /// If the data aren't JSON or too large, or the store can't be written.
    ///
    /// # Examples
    /// ```
    /// use events::store::LetterId;
    /// use events::{Audit, DeadLetterQueue, EventStore};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), events::Error> {
    /// let letters = DeadLetterQueue::new(EventStore::memory());
    /// let why = Audit::by("ada").because("the city was missing");
    /// assert!(letters.edit(LetterId::new(1), r#"{"city":"Bergen"}"#, why.clone()).await?.is_none());
    /// assert!(letters.edit(LetterId::new(1), "{city: Bergen}", why).await.unwrap_err().is_invalid());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn edit(&self, id: LetterId, json: impl Into<String>, audit: Audit) -> Result<Option<Operation>, Error> {
        let json = json.into();
        limits::check_edited(&json)?;
        let edit = Request::Edit { payload: Payload::from_json(json) };
        self.request(edit, LetterQuery::new().id(id), audit).await
    }

    /// What an operator has done or asked for.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn operation(&self, id: OperationId) -> Result<Option<Operation>, Error> {
        self.store().backend().operation(id).await
    }

    async fn request(&self, request: Request, letters: LetterQuery, audit: Audit) -> Result<Option<Operation>, Error> {
        let (by, reason) = audit.into_parts();
        let new = NewRequest { request, letters, by, reason, at: self.store().now() };
        let operation = self.store().backend().request(new).await?;
        if let Some(operation) = &operation {
            tracing::info!(operation = %operation.id, action = %operation.action, "a request was written");
            self.note_change();
        }
        Ok(operation)
    }
}

/// Refuses a query that picks every letter without saying so.
pub(super) fn refuse_unsaid(letters: &LetterQuery) -> Result<(), Error> {
    if !letters.is_unsaid() {
        return Ok(());
    }
    let message = "the query has no condition, so it would pick every letter: use `LetterQuery::all()` for that";
    Err(Error::new(ErrorKind::Invalid, message))
}
