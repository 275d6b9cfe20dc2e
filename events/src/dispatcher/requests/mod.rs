//! What operators have asked for, carried out by a started dispatcher that has the handler.
//!
//! A request is taken on under an epoch. Where the process stands is in the store: whoever takes the
//! request over goes on from there. A run makes letters due, and those who retry letters anyway try them.

mod edit;
mod run;

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::time::Instant;

use self::run::Pacing;
use super::inner::Inner;
use crate::clock;
use crate::delivery::any_of;
use crate::error::{Error, ErrorKind};
use crate::handler::BoxFuture;
use crate::id::HandlerName;
use crate::store::{Beat, ClaimRequest, Operation, OperationId, Request};

/// How often the store is asked for new requests.
const POLL: Duration = Duration::from_secs(1);
/// How often a run is looked at, unless its letters change in this process.
const TICK: Duration = Duration::from_millis(100);

/// How many signs of life a process gives in the time of a lease.
const BEATS: u32 = 4;

/// The requests that this process has taken on.
#[derive(Default)]
struct Carried {
    runs: HashMap<OperationId, Held>,
    /// Requests that couldn't be carried out, and until when they are left alone.
    put_off: HashMap<OperationId, Instant>,
    /// When other processes were told that this one is alive.
    beaten_at: Option<DateTime<Utc>>,
}

/// A run in the hands of this process.
struct Held {
    epoch: u64,
    pacing: Pacing,
}

/// Works until it is told to stop, or the dispatcher is gone.
pub(crate) async fn carry_out(inner: Weak<Inner>, mut stopped: watch::Receiver<bool>) {
    let mut carried = Carried::default();
    while !*stopped.borrow() {
        let Some(this) = inner.upgrade() else { return };
        // Watching begins before the store is asked, so that no change falls in between.
        let mut changed = this.letter_news();
        let next_look = Instant::now() + TICK;
        let busy = match carried.look(&this).await {
            Ok(busy) => busy,
            Err(error) if error.kind() == ErrorKind::Unsupported => return,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "requests can't be carried out: the store has failed; trying again"
                );
                false
            }
        };
        drop(this);
        let reasons: Vec<BoxFuture<'_, ()>> = vec![
            Box::pin(tokio::time::sleep(if busy { TICK } else { POLL })),
            Box::pin(changed.changed()),
            // An error means that the sender is gone, and the dispatcher with it.
            Box::pin(async { drop(stopped.changed().await) }),
        ];
        any_of(reasons).await;
        // Where letters change all the time, the store isn't asked each time whether there is a request.
        if !busy && !*stopped.borrow() {
            tokio::time::sleep_until(next_look).await;
        }
    }
    if let Some(this) = inner.upgrade().filter(|_| carried.beaten_at.is_some())
        && let Err(error) = this.store.backend().end_process(this.owner.clone()).await
    {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "requests weren't given back; others take them on when this process counts as dead"
        );
    }
}

impl Carried {
    /// Does what there is to do now. Answers whether a run is under way for which letters are to be tried.
    async fn look(&mut self, inner: &Arc<Inner>) -> Result<bool, Error> {
        let open = inner.store.backend().open_requests().await?;
        self.runs.retain(|id, _| open.iter().any(|request| request.id == *id));
        self.put_off.retain(|id, until| *until > Instant::now() && open.iter().any(|request| request.id == *id));
        if open.is_empty() {
            return Ok(false);
        }
        let handlers = own_handlers(inner);
        let is_own = |request: &&Operation| request.handler.as_ref().is_none_or(|handler| handlers.contains(handler));
        let mut busy = false;
        for request in open.iter().filter(is_own) {
            if self.put_off.contains_key(&request.id) {
                continue;
            }
            match self.carry_on(inner, request).await {
                Ok(is_run) => busy |= is_run,
                // The others mustn't wait behind it.
                Err(error) => {
                    tracing::error!(
                        operation = %request.id,
                        error = &error as &dyn std::error::Error,
                        "a request can't be carried out now; trying again"
                    );
                    self.put_off.insert(request.id, Instant::now() + POLL);
                }
            }
        }
        Ok(busy)
    }

    /// Does what there is to do now about one request. Answers whether it is a run that is under way.
    async fn carry_on(&mut self, inner: &Arc<Inner>, request: &Operation) -> Result<bool, Error> {
        match &request.request {
            Some(Request::Edit { payload }) => {
                edit::carry_out(inner, request, payload).await?;
                Ok(false)
            }
            Some(Request::Redrive(pace)) => {
                match self.hold(inner, request).await? {
                    Some(held) => held.pacing.step(inner, request, held.epoch, *pace).await?,
                    // Its letters may be this process's to try.
                    None => inner.note_letter_change(),
                }
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// The run, if it is in the hands of this process, or can be taken on.
    async fn hold(&mut self, inner: &Inner, request: &Operation) -> Result<Option<&mut Held>, Error> {
        let is_mine = request.owner.as_ref() == Some(&inner.owner)
            && self.runs.get(&request.id).is_some_and(|held| held.epoch == request.epoch);
        if !is_mine {
            self.runs.remove(&request.id);
            self.beat(inner).await?;
            if let Some(taken) = take(inner, request).await? {
                let held = Held { epoch: taken.epoch, pacing: Pacing::new(inner.now()) };
                self.runs.insert(taken.id, held);
            }
        } else if inner.durable.is_empty() {
            self.beat(inner).await?;
        }
        Ok(self.runs.get_mut(&request.id))
    }

    /// Says that this process is alive. One with durable handlers says so all the time, in another place.
    async fn beat(&mut self, inner: &Inner) -> Result<(), Error> {
        if !inner.durable.is_empty() {
            return Ok(());
        }
        let at = inner.now();
        if self.beaten_at.is_some_and(|beaten| at < clock::after(beaten, inner.lease / BEATS)) {
            return Ok(());
        }
        let (process, build) = (inner.owner.clone(), inner.build.clone());
        let beat = Beat { process, build, handlers: Vec::new(), at, until: clock::after(at, inner.lease) };
        inner.store.backend().beat(beat).await?;
        self.beaten_at = Some(at);
        Ok(())
    }
}

/// Takes a request on, unless a process has it that is alive.
async fn take(inner: &Inner, request: &Operation) -> Result<Option<Operation>, Error> {
    let backend = inner.store.backend();
    let now = inner.now();
    if let Some(owner) = &request.owner
        && *owner != inner.owner
        && backend.processes(now).await?.iter().any(|process| process.process == *owner)
    {
        return Ok(None);
    }
    backend.claim_request(ClaimRequest { id: request.id, owner: inner.owner.clone(), now }).await
}

/// The handlers whose letters this process can try.
fn own_handlers(inner: &Inner) -> Vec<HandlerName> {
    let durable = inner.durable.iter().map(|handler| handler.name().clone());
    durable.chain(inner.handler_names()).collect()
}
