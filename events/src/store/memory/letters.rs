//! Letters and their attempts.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use crate::clock;
use crate::error::Error;
use crate::event::Payload;
use crate::handler::Class;
use crate::id::{EventId, HandlerName};
use crate::store::{
    AttemptOutcome, AttemptRecord, ClaimLetters, FailedAttempt, FailedEvent, FinishAttempt, LaneAttempt, LetterAction,
    LetterChange, LetterId, LetterParts, LetterQuery, LetterStats, LetterStatus, NewLetter, NewRequest, OperationId,
    Request, RunProgress, limits,
};

#[derive(Default)]
pub(super) struct Letters {
    last_id: i64,
    letters: BTreeMap<LetterId, Letter>,
    by_event: HashMap<(HandlerName, EventId), LetterId>,
}

struct Letter {
    event: FailedEvent,
    /// Where it stands in the run that it belongs to.
    run_place: u64,
    attempts: Vec<AttemptRecord>,
    lease: Option<Lease>,
}

struct Lease {
    owner: String,
    until: DateTime<Utc>,
}

impl Letters {
    pub(super) fn write(&mut self, new: Vec<NewLetter>) -> Result<Vec<LetterId>, Error> {
        for letter in &new {
            limits::check_number("position of the letter", letter.position.value())?;
        }
        Ok(new.into_iter().map(|letter| self.write_one(letter)).collect())
    }

    fn write_one(&mut self, new: NewLetter) -> LetterId {
        let key = (new.handler.clone(), new.event_id);
        let known = self.by_event.get(&key).copied();
        if let Some(letter) = known.and_then(|id| self.letters.get_mut(&id)) {
            letter.write_again(new);
            return letter.event.id;
        }
        self.last_id += 1;
        let id = LetterId::new(self.last_id);
        self.by_event.insert(key, id);
        self.letters.insert(id, Letter::first(id, new));
        id
    }

    pub(super) fn read(&self, query: &LetterQuery) -> Vec<FailedEvent> {
        let limit = query.limit.unwrap_or(usize::MAX);
        let events = self.letters.values().map(|letter| &letter.event);
        events.filter(|event| query.matches(event)).take(limit).cloned().collect()
    }

    pub(super) fn attempts(&self, id: LetterId) -> Vec<AttemptRecord> {
        self.letters.get(&id).map(|letter| letter.attempts.clone()).unwrap_or_default()
    }

    pub(super) fn claim(&mut self, claim: &ClaimLetters) -> Vec<FailedEvent> {
        let wanted = |letter: &&mut Letter| {
            claim.handlers.contains(&letter.event.handler) && letter.due().is_some_and(|due| due <= claim.now)
        };
        let mut due: Vec<_> = self.letters.values_mut().filter(wanted).collect();
        due.sort_by_key(|letter| (letter.event.next_attempt_at, letter.event.id));
        due.into_iter().take(claim.limit).map(|letter| letter.lease(claim)).collect()
    }

    pub(super) fn finish(&mut self, finish: FinishAttempt) -> bool {
        let Some(letter) = self.letters.get_mut(&finish.id) else { return false };
        let held = letter.lease.as_ref().is_some_and(|lease| lease.owner == finish.owner);
        let current = held && letter.event.status == LetterStatus::Retrying;
        if current {
            letter.finish(finish.build, finish.at, finish.outcome);
        }
        current
    }

    /// Writes what the owner of a lane has made of a letter; one that isn't retrying any more stays as it is.
    pub(super) fn finish_in_lane(&mut self, attempt: LaneAttempt, build: &str, at: DateTime<Utc>) {
        let letter = self.letters.get_mut(&attempt.letter);
        if let Some(letter) = letter.filter(|letter| letter.event.status == LetterStatus::Retrying) {
            letter.finish(build.to_owned(), at, attempt.outcome);
        }
    }

    /// Gives the letters to the handler's new name. What that name has about the same events goes.
    pub(super) fn rename(&mut self, old: &HandlerName, new: &HandlerName) {
        let mut replaced = Vec::new();
        for letter in self.letters.values_mut().filter(|letter| letter.event.handler == *old) {
            let event_id = letter.event.event_id;
            self.by_event.remove(&(old.clone(), event_id));
            replaced.extend(self.by_event.insert((new.clone(), event_id), letter.event.id));
            letter.update(|parts| parts.handler = new.clone());
        }
        self.letters.retain(|id, _| !replaced.contains(id));
    }

    /// Discards what a handler has left open, and lets nothing wait behind what was discarded before.
    pub(super) fn discard_open(&mut self, handler: &HandlerName, at: DateTime<Utc>) -> Vec<LetterId> {
        let mut letters = Vec::new();
        for letter in self.letters.values_mut().filter(|letter| letter.event.handler == *handler) {
            if letter.event.held {
                letter.change(LetterAction::Release, at);
            }
            if !letter.event.status.is_closed() {
                letter.change(LetterAction::Discard, at);
                letters.push(letter.event.id);
            }
        }
        letters
    }

    pub(super) fn next_due(&self, handlers: &[HandlerName]) -> Option<DateTime<Utc>> {
        let letters = self.letters.values().filter(|letter| handlers.contains(&letter.event.handler));
        letters.filter_map(Letter::due).min()
    }

    pub(super) fn change(&mut self, change: &LetterChange) -> Vec<LetterId> {
        let at = clock::cut(change.at);
        let applies = |letter: &&mut Letter| {
            change.action.applies_to(letter.event.status)
                && (change.action != LetterAction::Release || letter.event.held)
                && change.letters.matches(&letter.event)
        };
        let limit = change.letters.limit.unwrap_or(usize::MAX);
        let mut changed = Vec::new();
        for letter in self.letters.values_mut().filter(applies).take(limit) {
            letter.change(change.action, at);
            changed.push(letter.event.id);
        }
        changed
    }

    pub(super) fn purge(&mut self, status: LetterStatus, before: DateTime<Utc>) -> u64 {
        let mut purged = 0;
        let by_event = &mut self.by_event;
        self.letters.retain(|_, letter| {
            let old = letter.event.status == status
                && !letter.event.held
                && letter.event.closed_at.is_some_and(|at| at < before);
            if old {
                by_event.remove(&(letter.event.handler.clone(), letter.event.event_id));
                purged += 1;
            }
            !old
        });
        purged
    }

    pub(super) fn stats(&self) -> LetterStats {
        let mut stats = LetterStats::default();
        for Letter { event, .. } in self.letters.values() {
            *stats.by_status.entry(event.status).or_default() += 1;
            *stats.by_handler.entry(event.handler.clone()).or_default().entry(event.status).or_default() += 1;
        }
        let open = self.letters.values().filter(|letter| !letter.event.status.is_closed());
        stats.oldest_open = open.map(|letter| letter.event.first_failed_at).min();
        stats
    }

    /// The letters that a request may be about, those that failed longest ago first.
    pub(super) fn requested(&self, request: &NewRequest, open: &[OperationId]) -> Vec<&FailedEvent> {
        let taken = |letter: &FailedEvent| letter.run.is_some_and(|run| open.contains(&run));
        let wanted = |letter: &&FailedEvent| {
            request.request.applies_to(letter.status)
                && request.letters.matches(letter)
                && !(matches!(request.request, Request::Redrive(_)) && taken(letter))
        };
        let mut letters: Vec<_> = self.letters.values().map(|letter| &letter.event).filter(wanted).collect();
        letters.sort_by_key(|letter| (letter.last_failed_at, letter.id));
        letters.truncate(request.letters.limit.unwrap_or(usize::MAX));
        letters
    }

    /// Puts letters into a run, in the order given.
    pub(super) fn enter_run(&mut self, run: OperationId, letters: &[LetterId]) {
        for (id, place) in letters.iter().zip(1..) {
            if let Some(letter) = self.letters.get_mut(id) {
                letter.update(|parts| parts.run = Some(run));
                letter.run_place = place;
            }
        }
    }

    /// Begins the letters of a run behind a place; answers with those that were begun, and the last place.
    pub(super) fn begin_run(
        &mut self,
        run: OperationId,
        after: u64,
        most: usize,
        at: DateTime<Utc>,
    ) -> (Vec<LetterId>, u64) {
        let behind = |letter: &&mut Letter| letter.event.run == Some(run) && letter.run_place > after;
        let mut letters: Vec<_> = self.letters.values_mut().filter(behind).collect();
        letters.sort_by_key(|letter| letter.run_place);
        letters.truncate(most);
        let mut begun = Vec::new();
        let mut last = after;
        for letter in letters {
            last = letter.run_place;
            if letter.event.status == LetterStatus::Dead {
                letter.redrive(at);
                begun.push(letter.event.id);
            }
        }
        (begun, last)
    }

    /// Counts the letters of a run that has got to a place.
    pub(super) fn run_progress(&self, run: OperationId, total: u64, place: u64) -> RunProgress {
        let mut progress = RunProgress { total, ..RunProgress::default() };
        for letter in self.letters.values().filter(|letter| letter.event.run == Some(run)) {
            let count = match letter.event.status {
                LetterStatus::Dead if letter.run_place > place => &mut progress.waiting,
                LetterStatus::Dead => &mut progress.failed,
                LetterStatus::Retrying => &mut progress.retrying,
                LetterStatus::Resolved => &mut progress.resolved,
                LetterStatus::Discarded => &mut progress.discarded,
            };
            *count += 1;
        }
        progress
    }

    /// Keeps other data for a letter's event.
    pub(super) fn edit(&mut self, id: LetterId, payload: Payload) {
        if let Some(letter) = self.letters.get_mut(&id) {
            letter.update(|parts| parts.edited = Some(payload));
        }
    }
}

impl Letter {
    fn first(id: LetterId, new: NewLetter) -> Self {
        let NewLetter { attempt, next_attempt_at, .. } = new;
        let at = attempt.as_ref().map_or(new.at, |attempt| attempt.at);
        let parts = LetterParts {
            id,
            status: LetterStatus::Retrying,
            handler: new.handler,
            event_id: new.event_id,
            event: new.event,
            schema_version: new.schema_version,
            stream: new.stream,
            position: new.position,
            correlation_id: new.correlation_id,
            traceparent: new.traceparent,
            lane: new.lane,
            build: new.build,
            class: Class::default(),
            error: None,
            fingerprint: 0,
            attempts: 0,
            attempts_before: 0,
            first_failed_at: clock::cut(at),
            last_failed_at: clock::cut(at),
            next_attempt_at: None,
            closed_at: None,
            held: false,
            run: None,
            edited: None,
        };
        let mut letter = Self { event: parts.into(), run_place: 0, attempts: Vec::new(), lease: None };
        letter.update(|parts| parts.wait(next_attempt_at));
        letter.add(attempt);
        letter
    }

    /// The handler was called as if for the first time, so its attempts are counted anew; those of
    /// a letter that is retrying go on.
    fn write_again(&mut self, new: NewLetter) {
        self.update(|parts| {
            if parts.status != LetterStatus::Retrying {
                parts.attempts_before = parts.attempts;
            }
            parts.build = new.build;
            parts.lane = new.lane;
            parts.closed_at = None;
            parts.held = false;
            parts.run = None;
            parts.wait(new.next_attempt_at);
        });
        self.lease = None;
        self.add(new.attempt);
    }

    fn add(&mut self, attempt: Option<FailedAttempt>) {
        let Some(mut attempt) = attempt else { return };
        attempt.at = clock::cut(attempt.at);
        self.update(|parts| {
            parts.attempts = parts.attempts.saturating_add(1);
            parts.class = attempt.class;
            parts.error = Some(attempt.error.clone());
            parts.fingerprint = attempt.fingerprint;
            parts.last_failed_at = attempt.at;
        });
        self.attempts.push(AttemptRecord { number: self.event.attempts, attempt });
    }

    /// When it can be claimed next: not before its lease has ended.
    fn due(&self) -> Option<DateTime<Utc>> {
        let next = self.event.next_attempt_at.filter(|_| self.event.status == LetterStatus::Retrying)?;
        Some(self.lease.as_ref().map_or(next, |lease| next.max(lease.until)))
    }

    fn lease(&mut self, claim: &ClaimLetters) -> FailedEvent {
        self.lease = Some(Lease { owner: claim.owner.clone(), until: clock::cut(claim.lease_until) });
        self.event.clone()
    }

    fn finish(&mut self, build: String, at: DateTime<Utc>, outcome: AttemptOutcome) {
        self.lease = None;
        self.update(|parts| parts.build = build);
        match outcome {
            AttemptOutcome::Resolved => self.update(|parts| parts.close(LetterStatus::Resolved, at)),
            AttemptOutcome::Failed { attempt, next_attempt_at } => {
                self.update(|parts| parts.wait(next_attempt_at));
                self.add(Some(attempt));
            }
            AttemptOutcome::Postponed { until } => self.update(|parts| parts.wait(Some(until))),
        }
    }

    fn change(&mut self, action: LetterAction, at: DateTime<Utc>) {
        match action {
            LetterAction::Redrive => {
                self.redrive(at);
                self.update(|parts| parts.run = None);
                return;
            }
            LetterAction::Discard => self.update(|parts| parts.close(LetterStatus::Discarded, at)),
            LetterAction::Hold => self.update(|parts| {
                parts.close(LetterStatus::Discarded, at);
                parts.held = true;
            }),
            LetterAction::Release => self.update(|parts| parts.held = false),
            LetterAction::Restore => self.update(|parts| {
                parts.closed_at = None;
                parts.held = false;
                parts.run = None;
                parts.wait(None);
            }),
        }
        self.lease = None;
    }

    /// Makes it due. An attempt that is under way on a retrying letter goes on and counts.
    fn redrive(&mut self, at: DateTime<Utc>) {
        let was_dead = self.event.status == LetterStatus::Dead;
        self.update(|parts| {
            if was_dead {
                parts.attempts_before = parts.attempts;
            }
            parts.wait(Some(at));
        });
        if was_dead {
            self.lease = None;
        }
    }

    fn update(&mut self, change: impl FnOnce(&mut LetterParts)) {
        let mut parts = (*self.event).clone();
        change(&mut parts);
        self.event = parts.into();
    }
}

impl LetterParts {
    /// Waits for its next attempt; is dead without one.
    fn wait(&mut self, next_attempt_at: Option<DateTime<Utc>>) {
        self.next_attempt_at = next_attempt_at.map(clock::cut);
        self.status = if next_attempt_at.is_some() { LetterStatus::Retrying } else { LetterStatus::Dead };
    }

    fn close(&mut self, status: LetterStatus, at: DateTime<Utc>) {
        self.status = status;
        self.next_attempt_at = None;
        self.closed_at = Some(clock::cut(at));
    }
}
