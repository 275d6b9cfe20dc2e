//! What the parent has heard of a store: which commits may be there, and which must.

use std::collections::BTreeMap;

use events::store::AppendStatus;

use crate::plan::Key;
use crate::report::{Line, Place};

/// What is known of one commit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    /// Where its events are, as acknowledged; empty if that was said without asking the store.
    pub(crate) acknowledged: Option<Vec<Place>>,
    /// Whether it was found in the store by an earlier check.
    pub(crate) found: bool,
    /// How often the store has said that it was written now, and not earlier.
    committed: u32,
}

/// All commits that were tried on one store.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    commits: BTreeMap<Key, Known>,
    wrong: Vec<String>,
    failures: Vec<String>,
    /// The server goes away in this round. A store that sends a commit again by itself can't tell then
    /// whether it was there from its own first attempt or from another writer's, and says it was its own.
    server_goes: bool,
}

impl Journal {
    pub(crate) fn hear(&mut self, line: Line) {
        match line {
            Line::Ready => {}
            Line::Try(key) => drop(self.commits.entry(key).or_default()),
            Line::Answer(key, status, places) => self.answer(key, status, places),
            Line::Early(key) => self.known(key).acknowledged = Some(Vec::new()),
            Line::Failed(key, error) => self.failures.push(format!("the store failed at commit {key}: {error}")),
            Line::Wrong(key, error) => self.wrong.push(format!("commit {key} was refused: {error}")),
        }
    }

    /// Whatever a commit is answered, and however often, it was written once and is where it was.
    fn answer(&mut self, key: Key, status: AppendStatus, places: Vec<Place>) {
        let known = self.known(key);
        known.committed += u32::from(status == AppendStatus::Committed);
        let twice = known.committed > 1 || (known.found && known.committed > 0);
        let elsewhere = known.acknowledged.as_ref().is_some_and(|before| *before != places);
        known.acknowledged = Some(places);
        if twice && !self.server_goes {
            self.wrong.push(format!("commit {key} was written twice, by what the store says"));
        }
        if elsewhere {
            self.wrong.push(format!("commit {key} was acknowledged twice, with different places"));
        }
    }

    fn known(&mut self, key: Key) -> &mut Known {
        self.commits.entry(key).or_default()
    }

    /// Begins a round.
    pub(crate) fn begin(&mut self, server_goes: bool) {
        self.server_goes = server_goes;
    }

    /// Every commit that was tried.
    pub(crate) fn commits(&self) -> impl Iterator<Item = (Key, &Known)> {
        self.commits.iter().map(|(key, known)| (*key, known))
    }

    pub(crate) fn get(&self, key: Key) -> Option<&Known> {
        self.commits.get(&key)
    }

    /// Commits that were tried and not acknowledged.
    pub(crate) fn open(&self) -> Vec<Key> {
        self.commits().filter(|(_, known)| known.acknowledged.is_none()).map(|(key, _)| key).collect()
    }

    /// Notes that a check has found the commit.
    pub(crate) fn found(&mut self, key: Key) {
        let known = self.known(key);
        known.found = true;
        known.committed = 0;
    }

    /// What was wrong already by what the store said.
    pub(crate) fn take_wrong(&mut self) -> Vec<String> {
        std::mem::take(&mut self.wrong)
    }

    /// What the store has failed at; that is wrong unless it was shot at.
    pub(crate) fn take_failures(&mut self) -> Vec<String> {
        std::mem::take(&mut self.failures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key { round: 1, writer: 1, number: 1 };

    fn heard(lines: &[Line]) -> Journal {
        let mut journal = Journal::default();
        lines.iter().cloned().for_each(|line| journal.hear(line));
        journal
    }

    fn answer(status: AppendStatus, place: Place) -> Line {
        Line::Answer(KEY, status, vec![place])
    }

    #[test]
    fn a_commit_is_open_until_it_is_acknowledged() {
        let mut journal = heard(&[Line::Try(KEY)]);
        assert_eq!(journal.open(), [KEY]);
        journal.hear(answer(AppendStatus::Committed, (1, 1)));
        journal.hear(answer(AppendStatus::Duplicate, (1, 1)));
        assert_eq!(journal.open(), []);
        assert_eq!(journal.take_wrong(), [""; 0]);
    }

    #[test]
    fn a_commit_that_is_written_twice_is_noticed() {
        let committed = answer(AppendStatus::Committed, (1, 1));
        assert_eq!(heard(&[committed.clone(), committed.clone()]).take_wrong().len(), 1);
        let mut journal = heard(&[Line::Try(KEY)]);
        journal.found(KEY);
        journal.begin(true);
        journal.hear(committed.clone());
        assert_eq!(journal.take_wrong(), [""; 0], "nobody can know");
        journal.begin(false);
        journal.hear(committed);
        assert_eq!(journal.take_wrong().len(), 1);
    }

    #[test]
    fn two_answers_that_differ_are_noticed() {
        let lines = [answer(AppendStatus::Committed, (1, 1)), answer(AppendStatus::Duplicate, (2, 1))];
        assert_eq!(heard(&lines).take_wrong().len(), 1);
        let refused = heard(&[Line::Wrong(KEY, "why".to_owned())]).take_wrong();
        assert_eq!(refused, ["commit 1.1.1 was refused: why"]);
    }
}
