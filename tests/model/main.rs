//! The same random commands on every store and on a reference, every answer compared.
//!
//! `PROPTEST_CASES=1000 cargo test -p events-tests --test model` looks longer. What has failed once is
//! kept in `regressions.txt` beside this file, and tried first from then on.

#![cfg(test)]

mod answer;
mod backend;
mod command;
mod reference;
mod strategy;
mod subject;
mod values;

use std::collections::BTreeMap;

use events::store::AppendStatus;
use events_tests::postgres::shared_server;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, FileFailurePersistence, TestCaseError, TestRunner};
use tokio::runtime::Runtime;

use self::answer::{Answer, Refused};
use self::command::{Command, FilterDraft, LetterQueryDraft, Start};
use self::reference::Reference;
use self::subject::Subject;

/// How many sequences are tried when `PROPTEST_CASES` doesn't say.
const CASES: u32 = 64;
/// How many commands a sequence has at most.
const COMMANDS: usize = 80;

#[test]
fn all_stores_answer_as_the_reference_does() {
    let runtime = Runtime::new().unwrap();
    let mut config = Config::default();
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = CASES;
    }
    config.failure_persistence = Some(Box::new(FileFailurePersistence::Direct("model/regressions.txt")));
    let server = shared_server().get();
    let result = TestRunner::new(config)
        .run(&strategy::commands(COMMANDS), |commands| runtime.block_on(compare(&commands, server.as_deref())));
    if let Err(error) = result {
        panic!("{error}");
    }
}

async fn compare(commands: &[Command], server: Option<&str>) -> Result<(), TestCaseError> {
    let failed = |error: events::Error| TestCaseError::fail(format!("{error:?}"));
    let mut reference = Reference::new();
    let mut subjects = vec![Subject::memory().await.map_err(failed)?, Subject::sqlite().await.map_err(failed)?];
    if let Some(url) = server {
        subjects.push(Subject::postgres(url).await.map_err(failed)?);
    }
    for command in commands.iter().chain(&look_at_everything()) {
        let commit = reference.commit(command);
        let expected = match &commit {
            Some(commit) => reference.append(commit),
            None => reference.answer(command),
        };
        for subject in &mut subjects {
            let actual = match &commit {
                Some(commit) => subject.append(commit).await,
                None => subject.answer(command).await,
            };
            let name = subject.name;
            let actual = actual.map_err(|error| TestCaseError::fail(format!("{name}: {command:?}: {error:?}")))?;
            if actual != expected {
                let message = format!(
                    "{name} answers otherwise to {command:?} ({commit:?})\n{actual:#?}\nshould be\n{expected:#?}"
                );
                return Err(TestCaseError::fail(message));
            }
        }
    }
    Ok(())
}

/// All that a store holds, to be compared in the end whatever was asked before.
fn look_at_everything() -> Vec<Command> {
    let (filter, query) = (FilterDraft::default(), LetterQueryDraft::default());
    let stream = |stream| Command::ReadStream { stream, from: 1, to: u64::MAX, backwards: false, limit: usize::MAX };
    let whole = [
        Command::Reopen,
        Command::ReadLog { start: Start::Beginning, filter, limit: 1_000 },
        Command::Stats,
        Command::Letters { query },
        Command::LetterStats,
        Command::Operations { limit: usize::MAX },
    ];
    let streams =
        (0..values::STREAM_COUNT).flat_map(|number| [stream(number), Command::LoadSnapshot { stream: number }]);
    let attempts = (1..=u8::MAX).step_by(7).map(|letter| Command::Attempts { letter });
    whole.into_iter().chain(streams).chain(attempts).collect()
}

/// Guards the test above: what is never reached is never compared.
#[test]
fn the_commands_reach_every_sort_of_answer() {
    let mut runner = TestRunner::deterministic();
    let mut reached: BTreeMap<&str, u32> = BTreeMap::new();
    for _ in 0..200 {
        let commands = strategy::commands(COMMANDS).new_tree(&mut runner).unwrap().current();
        let mut reference = Reference::new();
        for command in &commands {
            let answer = match reference.commit(command) {
                Some(commit) => reference.append(&commit),
                None => reference.answer(command),
            };
            *reached.entry(sort_of(&answer)).or_default() += 1;
        }
    }
    let rare: Vec<_> = SORTS.iter().filter(|sort| reached.get(*sort).is_none_or(|times| *times < 20)).collect();
    assert!(rare.is_empty(), "{rare:?} of {reached:#?}");
}

const SORTS: [&str; 17] = [
    "committed",
    "duplicate",
    "conflict",
    "partial",
    "reused",
    "events",
    "no events",
    "page",
    "last page",
    "snapshot",
    "no snapshot",
    "letters",
    "no letters",
    "letter ids",
    "attempts",
    "yes",
    "no",
];

fn sort_of(answer: &Answer) -> &'static str {
    match answer {
        Answer::Appended(AppendStatus::Committed, _) => "committed",
        Answer::Appended(..) => "duplicate",
        Answer::Refused(Refused::Conflict { .. }) => "conflict",
        Answer::Refused(Refused::PartialDuplicate { .. }) => "partial",
        Answer::Refused(Refused::EventIdReused { .. }) => "reused",
        Answer::Events(events) if events.is_empty() => "no events",
        Answer::Events(_) => "events",
        Answer::Page(_, Some(_), _) => "page",
        Answer::Page(_, None, _) => "last page",
        Answer::Snapshot(Some(_)) => "snapshot",
        Answer::Snapshot(None) => "no snapshot",
        Answer::Letters(letters) if letters.is_empty() => "no letters",
        Answer::Letters(_) => "letters",
        Answer::LetterIds(ids) if !ids.is_empty() => "letter ids",
        Answer::Attempts(attempts) if !attempts.is_empty() => "attempts",
        Answer::Yes(true) => "yes",
        Answer::Yes(false) => "no",
        _ => "other",
    }
}
