//! Attempts at the lane's letters.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::super::{Called, DurableCall, Host};
use super::fail::is_outage;
use super::transact::{Transacted, transact};
use super::{End, Finished, Lane, Parked};
use crate::clock;
use crate::dead_letter::{DeadLetterQueue, failed_attempt};
use crate::error::Error;
use crate::handler::{Attempt, Class, HandlerError, OnExhausted};
use crate::store::{AttemptOutcome, FailedEvent, LaneAttempt, LetterStatus};

/// How many pages of due letters are looked through for such as can be tried.
const PAGES: usize = 8;
/// How soon to look again at letters that can't be tried now.
const SOON: Duration = Duration::from_secs(1);
/// How long a letter waits for a store whose events can't be read, or for a handler that fails on
/// everything.
const POSTPONED: Duration = Duration::from_secs(30);

/// An attempt at its end.
pub(super) struct Retried {
    letter: FailedEvent,
    end: RetryEnd,
}

enum RetryEnd {
    Called(Called),
    /// Its success is written already, with the handler's own writes.
    Committed,
    Lost,
    /// The store couldn't be asked for the event; it says nothing about the letter.
    Unavailable(Error),
}

impl Lane {
    /// Begins an attempt at each letter that is due, as far as there is room.
    pub(super) async fn begin_retries(&mut self, host: &Arc<dyn Host>) -> Result<(), End> {
        let now = self.store.now();
        let room = if self.handler.transactional {
            usize::from(self.running.is_empty())
        } else {
            self.handler.tries_at_once()
        };
        let room = match self.circuit.probe_at() {
            None => room.saturating_sub(self.retrying.len()),
            // While the circuit is open, an event is the probe; a letter is where no event waits.
            Some(at) => usize::from(at <= now && self.pending.is_empty() && self.running.is_empty()),
        };
        if room == 0 || self.next_retry.is_none_or(|due| due > now) {
            return Ok(());
        }
        let more = self.begin_due(host, room, now).await?;
        // What is due now is under way here, another lane's, or has no room: the end of an attempt is the
        // next reason to look.
        let soon = clock::after(now, SOON);
        if more {
            self.next_retry = Some(soon);
            return Ok(());
        }
        let next = self.store.backend().next_letter_due(vec![self.lane.handler.clone()]).await?;
        self.next_retry = next.map(|next| if next <= now { soon } else { next });
        Ok(())
    }

    /// Begins so many attempts at letters that are due, one per key; answers whether there may be more.
    async fn begin_due(&mut self, host: &Arc<dyn Host>, mut room: usize, now: DateTime<Utc>) -> Result<bool, End> {
        let mut due = self.lane_letters().status(LetterStatus::Retrying).due(now);
        let limit = room + self.retrying.len();
        for _ in 0..PAGES {
            let mut letters = self.store.backend().letters(due.clone().with_limit(limit)).await?;
            let more = letters.len() == limit;
            if self.open_letters.is_none() && (more || letters.len() >= self.handler.letter_limit) {
                self.open_letters = Some(self.open_letters().await?);
            }
            let last = letters.last().map(|letter| letter.id);
            letters.sort_by_key(|letter| letter.position);
            for letter in letters {
                if room > 0 && self.take_up(&letter) {
                    room -= 1;
                    let attempt = self.attempt(Arc::clone(host), letter);
                    self.running.spawn(async move { Finished::Retry(attempt.await) });
                }
            }
            match last.filter(|_| more && room > 0) {
                // All of them may be of a few keys.
                Some(last) => due = due.after(last),
                None => return Ok(more),
            }
        }
        Ok(true)
    }

    /// Whether an attempt at a letter may begin: none is under way, nor anything else of its key.
    fn take_up(&mut self, letter: &FailedEvent) -> bool {
        if self.retrying.contains(&letter.id) {
            return false;
        }
        if let Some(key) = letter_key(letter) {
            if self.busy.contains_key(key) || self.parked.get(key).is_some_and(|parked| parked.releasing) {
                self.letters_wait = true;
                return false;
            }
            self.busy.insert(key.to_owned(), VecDeque::new());
        }
        self.retrying.insert(letter.id)
    }

    fn attempt(&self, host: Arc<dyn Host>, letter: FailedEvent) -> impl Future<Output = Retried> + Send + use<> {
        let (store, handler) = (self.store.clone(), Arc::clone(&self.handler));
        let mut write = self.new_write();
        write.attempts.push(LaneAttempt { letter: letter.id, outcome: AttemptOutcome::Resolved });
        async move {
            let attempt = Attempt::new(letter.attempts.saturating_add(1));
            let end = match DeadLetterQueue::new(store.clone()).event_to_handle(&letter).await {
                Err(error) if error.is_not_found() || error.is_decode() => {
                    RetryEnd::Called(Called::Failed(HandlerError::new(Class::Decode, error)))
                }
                Err(error) => RetryEnd::Unavailable(error),
                Ok(event) if handler.transactional => {
                    match transact(&*host, &store, &handler, &[&event], attempt, write).await {
                        Ok(Transacted::Committed) => RetryEnd::Committed,
                        Ok(Transacted::Lost) => RetryEnd::Lost,
                        Ok(Transacted::Undone(called)) => RetryEnd::Called(called),
                        Err(error) => RetryEnd::Unavailable(error),
                    }
                }
                Ok(event) => {
                    let call = DurableCall { handler: &handler, events: &[&event], attempt };
                    RetryEnd::Called(host.call(call).await)
                }
            };
            Retried { letter, end }
        }
    }

    /// Notes what came of an attempt.
    pub(super) async fn retry_ended(&mut self, retried: Retried) -> Result<(), End> {
        let Retried { letter, end } = retried;
        self.retrying.remove(&letter.id);
        self.next_of(letter_key(&letter).map(str::to_owned));
        self.next_retry = Some(DateTime::<Utc>::MIN_UTC);
        let now = self.store.now();
        let outcome = match end {
            RetryEnd::Committed => None,
            RetryEnd::Lost => return Err(End::Lost),
            RetryEnd::Unavailable(error) => {
                tracing::error!(
                    letter = %letter.id,
                    error = &error as &dyn std::error::Error,
                    "the attempt at a letter is put off: the store has failed"
                );
                Some(AttemptOutcome::Postponed { until: clock::after(now, POSTPONED) })
            }
            RetryEnd::Called(Called::Handled) => Some(AttemptOutcome::Resolved),
            RetryEnd::Called(Called::Unreadable(error)) => return Err(End::Unreadable(error)),
            RetryEnd::Called(Called::Failed(error)) => {
                self.count_failure(letter_key(&letter), letter.position, &error);
                if self.circuit.is_open() && is_outage(&error) {
                    // No attempt is used up, and another letter is the next probe.
                    Some(AttemptOutcome::Postponed { until: clock::after(now, POSTPONED) })
                } else {
                    Some(self.judge(&letter, &error, now))
                }
            }
        };
        self.attempt_counted(&letter, outcome).await
    }

    /// Writes what came of an attempt, and releases what waits behind the letter if it is closed. There
    /// is nothing to write about a letter whose success the handler's own transaction has written.
    async fn attempt_counted(&mut self, letter: &FailedEvent, outcome: Option<AttemptOutcome>) -> Result<(), End> {
        let resolved = matches!(outcome, None | Some(AttemptOutcome::Resolved));
        let exhausted = matches!(outcome, Some(AttemptOutcome::Failed { next_attempt_at: None, .. }));
        let on_exhausted = self.handler.spec.on_exhausted;
        let goes_on = resolved || (exhausted && on_exhausted == OnExhausted::Continue);
        let mut write = self.new_write();
        write.attempts.extend(outcome.map(|outcome| LaneAttempt { letter: letter.id, outcome }));
        if resolved {
            self.circuit.succeeded();
            self.letter_closed();
        }
        if goes_on {
            self.unblock(letter);
        } else if exhausted && (on_exhausted == OnExhausted::Halt || self.is_blocked_by(letter)) {
            write.halt = Some(format!("no attempt is left for event {}", letter.event_id));
        }
        let key = letter_key(letter).filter(|_| goes_on);
        if let Some(bare) = key.filter(|key| self.parked.get(*key).is_some_and(Parked::is_bare)) {
            // What comes later is taken in after this: there is nothing to read from the log again.
            self.parked.remove(bare);
            write.release.push(bare.to_owned());
        }
        self.write(write).await?;
        if let Some(host) = self.host.upgrade() {
            host.note_letter_tried();
        }
        if let Some(key) = key {
            self.release(key);
        }
        Ok(())
    }

    fn judge(&self, letter: &FailedEvent, error: &HandlerError, now: DateTime<Utc>) -> AttemptOutcome {
        if let Some(delay) = error.snoozed() {
            return AttemptOutcome::Postponed { until: clock::after(now, delay) };
        }
        let attempt = letter.attempts_in_cycle().saturating_add(1);
        // A run tries a letter once.
        let next = if letter.run.is_some() { None } else { self.handler.policy.next(attempt, error) };
        AttemptOutcome::Failed {
            attempt: failed_attempt(error, &letter.handler, &letter.event, now),
            next_attempt_at: next.map(|delay| clock::after(now, delay)),
        }
    }

    fn is_blocked_by(&self, letter: &FailedEvent) -> bool {
        self.blocked.as_ref().is_some_and(|blocked| blocked.event_id == letter.event_id)
    }

    /// Lets a lane go on that keeps the order of the whole log.
    fn unblock(&mut self, letter: &FailedEvent) {
        if self.is_blocked_by(letter)
            && let Some(blocked) = self.blocked.take()
        {
            self.window.finish(blocked.ticket);
        }
    }
}

/// What waits for the letter to be closed; none where nothing does.
fn letter_key(letter: &FailedEvent) -> Option<&str> {
    letter.lane.as_ref().and_then(|lane| lane.key.as_deref())
}
