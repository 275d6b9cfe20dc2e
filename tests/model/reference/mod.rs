//! The reference: what every store should answer, written in the plainest way from what the contract
//! says, without a look at how the stores do it. Everything is a list that is searched from its start.

mod commit;
mod letters;
mod log;

pub(crate) use commit::Commit;
pub(crate) use letters::{build, lane, letter_action};

use chrono::{DateTime, Utc};
use events::prelude::*;
use events::store::Snapshot;

use self::letters::Letters;
use self::log::Log;
use crate::answer::Answer;
use crate::command::{Command, EventDraft};
use crate::values::{second, snapshot, stream};

pub(crate) struct Reference {
    log: Log,
    letters: Letters,
    snapshots: Vec<Snapshot>,
    /// All commits that were tried, whatever came of them.
    tried: Vec<Vec<EventDraft>>,
    now: DateTime<Utc>,
}

impl Reference {
    pub(crate) fn new() -> Self {
        Self {
            log: Log::default(),
            letters: Letters::default(),
            snapshots: Vec::new(),
            tried: Vec::new(),
            now: second(0),
        }
    }

    /// The commit that a command means, which depends on what was there before.
    pub(crate) fn commit(&mut self, command: &Command) -> Option<Commit> {
        let (events, beliefs) = match command {
            Command::Append { events, beliefs } => (events.clone(), beliefs),
            Command::Repeat { which, change, beliefs } => (commit::again(&self.tried, *which, change), beliefs),
            _ => return None,
        };
        self.tried.push(events.clone());
        let believed = |(number, belief): &(u8, _)| {
            let stream = stream(*number);
            let actual = self.log.version(&stream);
            (stream, commit::expected(*belief, actual))
        };
        Some(Commit { events, expected: beliefs.iter().map(believed).collect() })
    }

    pub(crate) fn append(&mut self, commit: &Commit) -> Answer {
        self.log.append(commit, self.now)
    }

    /// The answer to anything but an append.
    pub(crate) fn answer(&mut self, command: &Command) -> Answer {
        match command {
            Command::ReadStream { stream: number, from, to, backwards, limit } => {
                Answer::Events(self.log.read_stream(&stream(*number), (*from, *to), *backwards, *limit))
            }
            Command::ReadLog { start, filter, limit } => self.log.read(*start, filter, *limit),
            Command::Version { stream: number } => Answer::Number(self.log.version(&stream(*number)).value()),
            Command::Count { filter } => Answer::Number(self.log.count(filter)),
            Command::Stats => Answer::Stats(self.log.stats(self.snapshots.len())),
            Command::LogEnd => Answer::Number(self.log.length()),
            Command::SaveSnapshot { snapshot: draft } => self.save(snapshot(draft)),
            Command::LoadSnapshot { stream: number } => Answer::Snapshot(self.snapshot(&stream(*number)).cloned()),
            Command::DeleteSnapshot { stream: number } => {
                self.snapshots.retain(|kept| kept.stream != stream(*number));
                Answer::Done
            }
            Command::Clock { at } => {
                self.now = second(*at);
                Answer::Done
            }
            Command::Reopen | Command::Append { .. } | Command::Repeat { .. } => Answer::Done,
            of_letters => self.letters.answer(of_letters),
        }
    }

    fn snapshot(&self, stream: &StreamId) -> Option<&Snapshot> {
        self.snapshots.iter().find(|kept| kept.stream == *stream)
    }

    /// A snapshot of a lower version stays out, unless the fingerprints differ.
    fn save(&mut self, snapshot: Snapshot) -> Answer {
        let older = |kept: &Snapshot| snapshot.version < kept.version && snapshot.fingerprint == kept.fingerprint;
        if !self.snapshot(&snapshot.stream).is_some_and(older) {
            self.snapshots.retain(|kept| kept.stream != snapshot.stream);
            self.snapshots.push(snapshot);
        }
        Answer::Done
    }
}
