//! Which letters a write makes dead.

use crate::store::{AttemptOutcome, LaneAnswer, LaneWrite, LetterId};

/// The letters that are dead when the write is done.
pub(super) struct Died {
    /// Of letters that were there.
    known: Vec<LetterId>,
    /// Which of the new ones, which have no numbers yet.
    new: Vec<bool>,
}

impl Died {
    pub(super) fn of(write: &LaneWrite) -> Self {
        let last = |outcome: &AttemptOutcome| matches!(outcome, AttemptOutcome::Failed { next_attempt_at: None, .. });
        Self {
            known: write
                .attempts
                .iter()
                .filter(|attempt| last(&attempt.outcome))
                .map(|attempt| attempt.letter)
                .collect(),
            new: write.letters.iter().map(|letter| letter.next_attempt_at.is_none()).collect(),
        }
    }

    /// Their numbers; none if nothing was written.
    pub(super) fn letters(self, answer: &LaneAnswer) -> Vec<LetterId> {
        let LaneAnswer::Written { letters } = answer else { return Vec::new() };
        let new = letters.iter().zip(self.new).filter_map(|(id, dead)| dead.then_some(*id));
        self.known.into_iter().chain(new).collect()
    }
}
