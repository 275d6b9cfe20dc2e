//! Dead letters.

use chrono::{DateTime, Utc};
use events::prelude::*;
use events::store::{
    AttemptRecord, FailedEvent, LetterAction, LetterId, LetterLane, LetterParts, LetterStats, LetterStatus, Operation,
    OperationId, OperationKind, OperationState,
};
use events::{HandlerName, Position};

use crate::answer::Answer;
use crate::command::{ActionDraft, AttemptDraft, Command, LetterDraft, LetterQueryDraft, OutcomeDraft};
use crate::values::{attempt, class, event_id, fingerprint, handler, metadata, name, operator_text, second, status};

/// Letters by their number; those that were purged leave their place empty.
#[derive(Default)]
pub(super) struct Letters {
    letters: Vec<Option<Letter>>,
    operations: Vec<Operation>,
}

struct Letter {
    parts: LetterParts,
    attempts: Vec<AttemptRecord>,
    lease: Option<(u8, DateTime<Utc>)>,
}

impl Letters {
    pub(super) fn answer(&mut self, command: &Command) -> Answer {
        match command {
            Command::WriteLetters { letters } => {
                Answer::LetterIds(letters.iter().map(|letter| self.write(letter)).collect())
            }
            Command::Letters { query } => {
                let limit = query.limit.unwrap_or(usize::MAX);
                Answer::Letters(self.matching(query).take(limit).map(Letter::event).collect())
            }
            Command::Attempts { letter } => {
                let attempts = self.get(self.number(*letter)).map(|letter| letter.attempts.clone());
                Answer::Attempts(attempts.unwrap_or_default())
            }
            Command::Claim { handlers, now, owner, until, limit } => {
                Answer::Letters(self.claim(handlers, second(*now), *owner, second(*until), *limit))
            }
            Command::Finish { letter, owner, at, outcome } => {
                let number = self.number(*letter);
                Answer::Yes(self.finish(number, *owner, second(*at), outcome))
            }
            Command::NextDue { handlers } => {
                let letters = self.letters.iter().flatten().filter(|letter| letter.is_of(handlers));
                Answer::Time(letters.filter_map(Letter::due).min())
            }
            Command::Change { action, query, at, text: reason } => {
                Answer::LetterIds(self.change(*action, query, second(*at), operator_text(*reason)))
            }
            Command::Purge { status: number, before, said } => {
                Answer::Number(self.purge(status(*number), second(*before), *said))
            }
            Command::LetterStats => Answer::LetterStats(self.stats()),
            Command::Operations { limit } => {
                Answer::Operations(self.operations.iter().rev().take(*limit).cloned().collect())
            }
            other => unreachable!("{other:?} isn't about letters"),
        }
    }

    /// Which letter is meant; 0 is none.
    fn number(&self, number: u8) -> usize {
        usize::from(number) % (self.letters.len() + 1)
    }

    fn get(&self, number: usize) -> Option<&Letter> {
        self.letters.get(number.checked_sub(1)?)?.as_ref()
    }

    fn write(&mut self, draft: &LetterDraft) -> i64 {
        let (of, about) = (handler(draft.handler), event_id(draft.event.id));
        let known = |letter: &&mut Letter| letter.parts.handler == of && letter.parts.event_id == about;
        if let Some(letter) = self.letters.iter_mut().flatten().find(known) {
            letter.write_again(draft);
            return letter.parts.id.value();
        }
        let id = self.letters.len() as i64 + 1;
        self.letters.push(Some(Letter::new(LetterId::new(id), draft)));
        id
    }

    fn matching(&self, query: &LetterQueryDraft) -> impl Iterator<Item = &Letter> {
        let matches = |letter: &&Letter| self.is_wanted(&letter.parts, query);
        self.letters.iter().flatten().filter(matches)
    }

    fn is_wanted(&self, parts: &LetterParts, query: &LetterQueryDraft) -> bool {
        let is = |number: &u8| self.number(*number) as i64 == parts.id.value();
        let partition = parts.lane.as_ref().map_or(0, |lane| lane.partition);
        let after = query.after.map(|number| self.number(number));
        query.ids.as_ref().is_none_or(|ids| ids.iter().any(is))
            && (query.statuses.is_empty() || query.statuses.iter().any(|number| status(*number) == parts.status))
            && query.handler.is_none_or(|number| handler(number) == parts.handler)
            && query.name.is_none_or(|number| name(number) == parts.event)
            && query.event_ids.as_ref().is_none_or(|ids| ids.iter().any(|id| event_id(*id) == parts.event_id))
            && query.class.is_none_or(|number| class(number) == parts.class)
            && query.fingerprint.is_none_or(|number| fingerprint(number) == parts.fingerprint)
            && query.partition.is_none_or(|number| number == partition)
            && query.due.is_none_or(|due| parts.next_attempt_at.is_some_and(|next| next <= second(due)))
            && after.is_none_or(|after| parts.id.value() > if after == 0 { i64::MAX } else { after as i64 })
    }

    /// Those that are due longest come first.
    fn claim(
        &mut self,
        handlers: &[u8],
        now: DateTime<Utc>,
        owner: u8,
        until: DateTime<Utc>,
        limit: usize,
    ) -> Vec<FailedEvent> {
        let is_due = |letter: &&mut Letter| letter.is_of(handlers) && letter.due().is_some_and(|due| due <= now);
        let mut due: Vec<&mut Letter> = self.letters.iter_mut().flatten().filter(is_due).collect();
        due.sort_by_key(|letter| (letter.parts.next_attempt_at, letter.parts.id));
        due.truncate(limit);
        due.iter_mut().for_each(|letter| letter.lease = Some((owner, until)));
        due.iter().map(|letter| letter.event()).collect()
    }

    fn finish(&mut self, number: usize, owner: u8, at: DateTime<Utc>, outcome: &OutcomeDraft) -> bool {
        let letter = number.checked_sub(1).and_then(|index| self.letters.get_mut(index)?.as_mut());
        let Some(letter) = letter.filter(|letter| letter.lease.is_some_and(|(by, _)| by == owner)) else {
            return false;
        };
        letter.lease = None;
        letter.parts.build = build(owner);
        match outcome {
            OutcomeDraft::Resolved => letter.close(LetterStatus::Resolved, at),
            OutcomeDraft::Postponed(until) => letter.wait(Some(*until)),
            OutcomeDraft::Failed(attempt, next) => {
                letter.wait(*next);
                letter.add(Some(attempt));
            }
        }
        true
    }

    fn change(&mut self, action: ActionDraft, query: &LetterQueryDraft, at: DateTime<Utc>, reason: &str) -> Vec<i64> {
        let from: &[LetterStatus] = match action {
            ActionDraft::Redrive | ActionDraft::Discard | ActionDraft::Hold => {
                &[LetterStatus::Retrying, LetterStatus::Dead]
            }
            ActionDraft::Restore | ActionDraft::Release => &[LetterStatus::Discarded],
        };
        let fits = |letter: &&Letter| {
            from.contains(&letter.parts.status) && (letter.parts.held || !matches!(action, ActionDraft::Release))
        };
        let limit = query.limit.unwrap_or(usize::MAX);
        let ids: Vec<i64> =
            self.matching(query).filter(fits).take(limit).map(|letter| letter.parts.id.value()).collect();
        for letter in self.letters.iter_mut().flatten().filter(|letter| ids.contains(&letter.parts.id.value())) {
            letter.change(action, at);
        }
        let letters = ids.iter().copied().map(LetterId::new).collect();
        let done = self.done(letter_action(action).into(), query.handler.map(handler), at, reason, letters);
        self.operations.push(done);
        ids
    }

    /// An operation that is done.
    fn done(
        &self,
        action: OperationKind,
        handler: Option<HandlerName>,
        at: DateTime<Utc>,
        reason: &str,
        letters: Vec<LetterId>,
    ) -> Operation {
        Operation {
            action,
            handler,
            by: "ada".to_owned(),
            reason: reason.to_owned(),
            at,
            letters,
            id: OperationId::new(self.operations.len() as i64 + 1),
            state: OperationState::Done,
            request: None,
            total: 0,
            owner: None,
            epoch: 0,
            result: None,
            finished_at: Some(at),
        }
    }

    fn purge(&mut self, status: LetterStatus, before: DateTime<Utc>, said: Option<(i32, u8)>) -> u64 {
        let old = |letter: &Letter| {
            letter.parts.status == status
                && !letter.parts.held
                && letter.parts.closed_at.is_some_and(|closed| closed < before)
        };
        let places = self.letters.iter_mut().filter(|place| place.as_ref().is_some_and(old));
        let purged = places.map(|place| *place = None).count() as u64;
        if let Some((at, reason)) = said {
            let (action, reason) = (OperationKind::Purge, operator_text(reason));
            let letters = if purged == 1 { "letter" } else { "letters" };
            let result = Some(format!("{purged} {status} {letters} removed"));
            let done = self.done(action, None, second(at), reason, Vec::new());
            self.operations.push(Operation { result, ..done });
        }
        purged
    }

    fn stats(&self) -> LetterStats {
        let mut stats = LetterStats::default();
        for Letter { parts, .. } in self.letters.iter().flatten() {
            *stats.by_status.entry(parts.status).or_default() += 1;
            *stats.by_handler.entry(parts.handler.clone()).or_default().entry(parts.status).or_default() += 1;
            if matches!(parts.status, LetterStatus::Retrying | LetterStatus::Dead) {
                let first = parts.first_failed_at;
                stats.oldest_open = Some(stats.oldest_open.map_or(first, |oldest| oldest.min(first)));
            }
        }
        stats
    }
}

impl Letter {
    fn new(id: LetterId, draft: &LetterDraft) -> Self {
        let about = metadata(&draft.event);
        let first = draft.attempt.as_ref().map_or(draft.at, |attempt| attempt.at);
        let parts = LetterParts {
            id,
            status: LetterStatus::Dead,
            handler: handler(draft.handler),
            event_id: about.event_id(),
            event: about.name().clone(),
            schema_version: about.schema_version(),
            stream: about.stream().clone(),
            position: Position::new(u64::from(draft.position)),
            correlation_id: about.correlation_id(),
            traceparent: about.trace().map(|trace| trace.traceparent.clone()),
            build: build(draft.position),
            class: Class::Transient,
            error: None,
            fingerprint: 0,
            attempts: 0,
            attempts_before: 0,
            first_failed_at: second(first),
            last_failed_at: second(first),
            next_attempt_at: None,
            closed_at: None,
            lane: lane(draft),
            held: false,
            run: None,
            edited: None,
        };
        let mut letter = Self { parts, attempts: Vec::new(), lease: None };
        letter.wait(draft.next_attempt_at);
        letter.add(draft.attempt.as_ref());
        letter
    }

    /// The status is replaced, the lease ended and the attempt added; unless it was retrying, its
    /// attempts are counted anew.
    fn write_again(&mut self, draft: &LetterDraft) {
        if self.parts.status != LetterStatus::Retrying {
            self.parts.attempts_before = self.parts.attempts;
        }
        self.parts.build = build(draft.position);
        self.parts.closed_at = None;
        self.parts.held = false;
        self.parts.lane = lane(draft);
        self.lease = None;
        self.wait(draft.next_attempt_at);
        self.add(draft.attempt.as_ref());
    }

    fn add(&mut self, draft: Option<&AttemptDraft>) {
        let Some(attempt) = draft.map(attempt) else { return };
        self.parts.attempts += 1;
        self.parts.class = attempt.class;
        self.parts.error = Some(attempt.error.clone());
        self.parts.fingerprint = attempt.fingerprint;
        self.parts.last_failed_at = attempt.at;
        self.attempts.push(AttemptRecord { number: self.parts.attempts, attempt });
    }

    fn wait(&mut self, next: Option<i32>) {
        self.parts.next_attempt_at = next.map(second);
        self.parts.status = if next.is_some() { LetterStatus::Retrying } else { LetterStatus::Dead };
    }

    fn close(&mut self, status: LetterStatus, at: DateTime<Utc>) {
        self.parts.status = status;
        self.parts.next_attempt_at = None;
        self.parts.closed_at = Some(at);
    }

    /// A dead letter that is redriven has all its attempts again; of one that is retrying the attempt
    /// under way goes on.
    fn change(&mut self, action: ActionDraft, at: DateTime<Utc>) {
        match action {
            ActionDraft::Redrive if self.parts.status == LetterStatus::Dead => {
                self.parts.attempts_before = self.parts.attempts;
                self.parts.status = LetterStatus::Retrying;
                self.parts.next_attempt_at = Some(at);
                self.lease = None;
            }
            ActionDraft::Redrive => self.parts.next_attempt_at = Some(at),
            ActionDraft::Discard | ActionDraft::Hold => {
                self.close(LetterStatus::Discarded, at);
                self.parts.held = matches!(action, ActionDraft::Hold);
                self.lease = None;
            }
            ActionDraft::Release => self.parts.held = false,
            ActionDraft::Restore => {
                self.parts.closed_at = None;
                self.parts.held = false;
                self.wait(None);
            }
        }
    }

    fn is_of(&self, handlers: &[u8]) -> bool {
        handlers.iter().any(|number| handler(*number) == self.parts.handler)
    }

    /// When it can be claimed: not before its lease has ended.
    fn due(&self) -> Option<DateTime<Utc>> {
        let next = self.parts.next_attempt_at?;
        Some(self.lease.map_or(next, |(_, until)| next.max(until)))
    }

    fn event(&self) -> FailedEvent {
        self.parts.clone().into()
    }
}

pub(crate) fn lane(draft: &LetterDraft) -> Option<LetterLane> {
    draft.lane.map(|(partition, key)| LetterLane { partition, key: key.map(|key| operator_text(key).to_owned()) })
}

/// Which build of the program it was, so that some differ.
pub(crate) fn build(number: u8) -> String {
    format!("1.{number}.0")
}

pub(crate) fn letter_action(action: ActionDraft) -> LetterAction {
    match action {
        ActionDraft::Redrive => LetterAction::Redrive,
        ActionDraft::Discard => LetterAction::Discard,
        ActionDraft::Hold => LetterAction::Hold,
        ActionDraft::Release => LetterAction::Release,
        ActionDraft::Restore => LetterAction::Restore,
    }
}
