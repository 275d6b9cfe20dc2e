//! What is done to letters.

use events::store::{
    AttemptOutcome, ClaimLetters, FailedEvent, FinishAttempt, LetterChange, LetterId, LetterParts, LetterPurge,
    LetterQuery, NewLetter, Operation, PurgeSaid, StorageBackend,
};
use events::{Error, HandlerName, Position};

use super::Subject;
use crate::answer::Answer;
use crate::command::{Command, LetterDraft, LetterQueryDraft, OutcomeDraft};
use crate::reference::{build, lane, letter_action};
use crate::values::{attempt, class, event_id, fingerprint, handler, metadata, name, operator_text, second, status};

impl Subject {
    pub(super) async fn of_letters(&mut self, command: &Command) -> Result<Answer, Error> {
        Ok(match command {
            Command::WriteLetters { letters } => {
                let ids = self.backend.write_letters(letters.iter().map(new_letter).collect()).await?;
                Answer::LetterIds(ids.into_iter().map(|id| self.written(id)).collect())
            }
            Command::Letters { query } => self.letters_of(self.backend.letters(self.query(query)).await?),
            Command::Attempts { letter } => Answer::Attempts(self.backend.letter_attempts(self.letter(*letter)).await?),
            Command::Claim { handlers, now, owner, until, limit } => {
                let claim = ClaimLetters {
                    handlers: names(handlers),
                    now: second(*now),
                    owner: format!("owner {owner}"),
                    lease_until: second(*until),
                    limit: *limit,
                };
                self.letters_of(self.backend.claim_letters(claim).await?)
            }
            Command::Finish { letter, owner, at, outcome } => {
                let finish = FinishAttempt {
                    id: self.letter(*letter),
                    owner: format!("owner {owner}"),
                    at: second(*at),
                    build: build(*owner),
                    outcome: outcome_of(outcome),
                };
                Answer::Yes(self.backend.finish_attempt(finish).await?)
            }
            Command::NextDue { handlers } => Answer::Time(self.backend.next_letter_due(names(handlers)).await?),
            operators => self.of_operators(operators).await?,
        })
    }

    async fn of_operators(&self, command: &Command) -> Result<Answer, Error> {
        Ok(match command {
            Command::Change { action, query, at, text } => {
                let change = LetterChange {
                    action: letter_action(*action),
                    letters: self.query(query),
                    by: "ada".to_owned(),
                    reason: operator_text(*text).to_owned(),
                    at: second(*at),
                };
                let changed = self.backend.change_letters(change).await?;
                Answer::LetterIds(changed.into_iter().map(|id| self.number_of(id).value()).collect())
            }
            Command::Purge { status: number, before, said } => {
                let said = said.map(|(at, text)| PurgeSaid {
                    by: "ada".to_owned(),
                    reason: operator_text(text).to_owned(),
                    at: second(at),
                });
                let purge = LetterPurge { status: status(*number), before: second(*before), said };
                Answer::Number(self.backend.purge_letters(purge).await?)
            }
            Command::LetterStats => Answer::LetterStats(self.backend.letter_stats().await?),
            Command::Operations { limit } => {
                let numbered = |operation: Operation| Operation {
                    letters: operation.letters.iter().map(|id| self.number_of(*id)).collect(),
                    ..operation
                };
                Answer::Operations(self.backend.operations(*limit).await?.into_iter().map(numbered).collect())
            }
            other => unreachable!("{other:?} isn't about letters"),
        })
    }

    /// The number of a letter that was written; a new one gets the next.
    fn written(&mut self, id: LetterId) -> i64 {
        if self.letters.iter().all(|known| *known < id) {
            self.letters.push(id);
        }
        self.number_of(id).value()
    }

    /// The letter's number as the reference counts; 0 for one that was never given out.
    fn number_of(&self, id: LetterId) -> LetterId {
        let index = self.letters.iter().position(|known| *known == id);
        LetterId::new(index.map_or(0, |index| index as i64 + 1))
    }

    fn letter(&self, number: u8) -> LetterId {
        let index = usize::from(number) % (self.letters.len() + 1);
        index.checked_sub(1).map_or(LetterId::new(i64::MAX), |index| self.letters[index])
    }

    fn letters_of(&self, letters: Vec<FailedEvent>) -> Answer {
        let numbered = |letter: &FailedEvent| LetterParts { id: self.number_of(letter.id), ..(**letter).clone() };
        Answer::Letters(letters.iter().map(|letter| numbered(letter).into()).collect())
    }

    fn query(&self, draft: &LetterQueryDraft) -> LetterQuery {
        let mut query = LetterQuery::all();
        if let Some(ids) = &draft.ids {
            query = query.ids(ids.iter().map(|number| self.letter(*number)));
        }
        if let Some(ids) = &draft.event_ids {
            query = query.event_ids(ids.iter().copied().map(event_id));
        }
        query = draft.statuses.iter().fold(query, |query, number| query.status(status(*number)));
        query = draft.handler.map(handler).into_iter().fold(query, LetterQuery::handler);
        query = draft.name.map(name).into_iter().fold(query, LetterQuery::event);
        query = draft.class.map(class).into_iter().fold(query, LetterQuery::class);
        query = draft.fingerprint.map(fingerprint).into_iter().fold(query, LetterQuery::fingerprint);
        query = draft.partition.into_iter().fold(query, LetterQuery::partition);
        query = draft.due.map(second).into_iter().fold(query, LetterQuery::due);
        query = draft.after.map(|number| self.letter(number)).into_iter().fold(query, LetterQuery::after);
        draft.limit.into_iter().fold(query, LetterQuery::with_limit)
    }
}

fn new_letter(draft: &LetterDraft) -> NewLetter {
    let about = metadata(&draft.event);
    NewLetter {
        handler: handler(draft.handler),
        event_id: about.event_id(),
        event: about.name().clone(),
        schema_version: about.schema_version(),
        stream: about.stream().clone(),
        position: Position::new(u64::from(draft.position)),
        correlation_id: about.correlation_id(),
        traceparent: about.trace().map(|trace| trace.traceparent.clone()),
        build: build(draft.position),
        attempt: draft.attempt.as_ref().map(attempt),
        at: second(draft.at),
        next_attempt_at: draft.next_attempt_at.map(second),
        lane: lane(draft),
    }
}

fn outcome_of(draft: &OutcomeDraft) -> AttemptOutcome {
    match draft {
        OutcomeDraft::Resolved => AttemptOutcome::Resolved,
        OutcomeDraft::Postponed(until) => AttemptOutcome::Postponed { until: second(*until) },
        OutcomeDraft::Failed(failed, next) => {
            AttemptOutcome::Failed { attempt: attempt(failed), next_attempt_at: next.map(second) }
        }
    }
}

fn names(handlers: &[u8]) -> Vec<HandlerName> {
    handlers.iter().copied().map(handler).collect()
}
