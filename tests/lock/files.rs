//! The file itself: written, read, refused, and what `EVENTS_LOCK` does.

use std::path::Path;
use std::process::{Command, Output};

use events::prelude::*;
use events::testing::{EventsLock, LockError, ParseLockError};
use serde::{Deserialize, Serialize};

use crate::state;

mod small {
    use super::{Deserialize, DomainEvent, RecordedEvent, Serialize, aggregate, event_handler};

    #[derive(Serialize, Deserialize, DomainEvent)]
    #[event(name = "files.renamed", aggregate = "files.file")]
    pub(super) struct Renamed {
        #[event(id)]
        file: u64,
        #[serde(rename = "its \"new\": name?")]
        name: Option<String>,
    }

    #[derive(Serialize, Deserialize, DomainEvent)]
    #[event(name = "files.swept", no_stream)]
    pub(super) struct Swept {
        count: u32,
    }

    #[derive(Default, Serialize, Deserialize)]
    struct File;

    #[aggregate(name = "files.file")]
    impl File {
        #[when]
        fn renamed(&mut self, _: &Renamed) {}
    }

    #[event_handler(name = "files.audit", all)]
    fn audit(_: &RecordedEvent) {}

    #[event_handler(name = "files.index", durable(from = "start"))]
    async fn index(_: &Renamed) {}
}

const SMALL: &str = r#"format 1

aggregate files.file
  event files.renamed

event files.renamed v1 of files.file
  "its \"new\": name?"?: text or null
  file: u64 (id)

event files.swept v1 of no aggregate
  count: u32

handler files.audit, inline
  all events

handler files.index, durable
  event files.renamed
"#;

#[test]
fn a_file_is_read_as_it_was_written_and_always_the_same() {
    let program = state("files::small");
    let text = program.to_string();
    let (head, rest) = text.split_at(text.find("format 1").unwrap());
    assert_eq!(rest, SMALL);
    assert!(head.lines().all(|line| line.starts_with('#')) && head.contains("EVENTS_LOCK=update cargo test"));
    assert_eq!(text.parse::<EventsLock>().unwrap(), program);
    assert_eq!(text.replace('\n', "\r\n").parse::<EventsLock>().unwrap(), program);
    assert_eq!(state("files::small").to_string(), text);
}

#[test]
fn what_is_no_lock_file_is_refused_with_the_line() {
    let broken = |text: &str| text.parse::<EventsLock>().unwrap_err();
    assert_eq!(broken("format 2\nsomething new\n"), ParseLockError::Newer { format: 2 });
    assert!(broken("format 2").to_string().contains("update `events`, or write the file anew"));
    for (text, at, says) in [
        ("", 1, "begins with `format 1`"),
        ("# a comment\nevent a v1 of b\n", 2, "begins with `format 1`"),
        ("format 0\n", 1, "begins with `format 1`"),
        ("format 1\n<<<<<<< HEAD\n", 2, "`<<<<<<< HEAD` can't be understood here"),
        ("format 1\nevent a of b\n", 2, "`event a of b`"),
        ("format 1\nevent a v1 of b\n  what is this\n", 3, "`what is this`"),
        ("format 1\nevent a v1 of b\n  c: u8\n  c: u16\n", 4, "`c: u16` is there twice"),
        ("format 1\nhandler a, inline\n\nhandler a, durable\n", 4, "is there twice"),
        ("format 1\nhandler a, sometimes\n", 2, "`handler a, sometimes`"),
        ("format 1\nhandler a, inline\n  all events\n  event b\n", 4, "`event b`"),
        ("format 1\n  c: u8\n", 2, "`c: u8`"),
    ] {
        let error = broken(text);
        let ParseLockError::Line { line, problem } = &error else { panic!("{error}") };
        assert_eq!(*line, at, "{text}");
        assert!(problem.contains(says), "{problem}");
        assert!(error.to_string().contains("EVENTS_LOCK=update cargo test"), "{error}");
    }
}

#[test]
fn a_check_answers_with_an_error_or_with_what_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.lock");
    let program = state("files::small");

    let error = program.check(&path).unwrap_err();
    assert!(matches!(error, LockError::Missing { .. }));
    let text = error.to_string();
    assert!(text.contains(path.to_str().unwrap()) && text.contains("EVENTS_LOCK=update cargo test"), "{text}");
    assert!(matches!(program.check(folder.path()), Err(LockError::Unreadable { .. })));
    assert!(matches!(program.write(folder.path()), Err(LockError::NotWritten { .. })));

    program.write(&path).unwrap();
    assert_eq!(program.check(&path).unwrap(), []);
    assert_eq!(EventsLock::read(&path).unwrap(), program);

    std::fs::write(&path, SMALL.replace("  count: u32\n", "")).unwrap();
    let LockError::Breaking { changes, .. } = program.check(&path).unwrap_err() else { panic!("a required field") };
    assert_eq!(changes.len(), 1);

    std::fs::write(&path, SMALL.replace("\nevent files.swept v1 of no aggregate\n  count: u32\n", "")).unwrap();
    let [new] = &program.check(&path).unwrap()[..] else { panic!("one is new") };
    assert_eq!(new.to_string(), "event files.swept v1\n  + new\n");

    std::fs::write(&path, "format one").unwrap();
    assert!(matches!(program.check(&path), Err(LockError::Broken { .. })));
}

/// What the tests below run in a process of its own, in a folder of theirs; here it is run where there
/// is no such file.
#[test]
fn asserted_where_the_process_is() {
    let assert = || state("files::small").assert("its/events.lock");
    if Path::new("its").exists() {
        return assert();
    }
    let said = std::panic::catch_unwind(assert).unwrap_err();
    // Whatever the variable says.
    assert!(said.downcast_ref::<String>().unwrap().contains("its/events.lock"), "{said:?}");
}

/// Runs the assertion with a value of `EVENTS_LOCK`.
fn asserted(folder: &Path, mode: &str) -> (bool, String) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    // Without `--nocapture`, as users run it.
    command.args(["--exact", "files::asserted_where_the_process_is"]).current_dir(folder).env("EVENTS_LOCK", mode);
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.success(), String::from_utf8(stdout).unwrap() + std::str::from_utf8(&stderr).unwrap())
}

#[test]
fn the_variable_says_whether_the_file_is_compared_or_written() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("its")).unwrap();
    let path = folder.path().join("its/events.lock");
    let complete = state("files::small").to_string();

    let (passed, said) = asserted(folder.path(), "");
    assert!(
        !passed && said.contains("there is no its/events.lock: `EVENTS_LOCK=update cargo test` writes it"),
        "{said}"
    );
    let (passed, said) = asserted(folder.path(), "update");
    assert!(passed, "{said}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), complete);
    for mode in ["", "locked"] {
        let (passed, said) = asserted(folder.path(), mode);
        assert!(passed && !said.contains("events.lock"), "{said}");
    }

    // Something is new: it passes, with a note past the capture; `locked` wants it in the file.
    std::fs::write(&path, SMALL.replace("\nhandler files.audit, inline\n  all events\n", "")).unwrap();
    let (passed, said) = asserted(folder.path(), "");
    assert!(passed && said.contains("its/events.lock fits, and lacks what is new; EVENTS_LOCK=update"), "{said}");
    assert!(said.contains("handler files.audit\n  + new\n"), "{said}");
    let (passed, said) = asserted(folder.path(), "locked");
    assert!(!passed && said.contains("its/events.lock isn't up to date"), "{said}");

    // Something would break: it fails, and an update takes it, and says so past the capture.
    std::fs::write(&path, SMALL.replace("count: u32", "count: u16")).unwrap();
    let (passed, said) = asserted(folder.path(), "");
    assert!(!passed && said.contains("event files.swept v1\n  - count: u16\n  + count: u32\n"), "{said}");
    assert!(said.contains("A changed shape is a new version: keep the old struct"), "{said}");
    let (passed, said) = asserted(folder.path(), "update");
    assert!(passed && said.contains("its/events.lock is written, and takes what would have failed:\n"), "{said}");
    assert!(said.contains("event files.swept v1\n  - count: u16\n  + count: u32\n"), "{said}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), complete);

    // A file that can't be understood.
    std::fs::write(&path, "format 9\n").unwrap();
    let (passed, said) = asserted(folder.path(), "");
    assert!(!passed && said.contains("can't understand its/events.lock: it has format 9"), "{said}");
    let (passed, said) = asserted(folder.path(), "update");
    assert!(passed && said.contains("it has format 9") && said.contains("it is written anew"), "{said}");

    let (passed, said) = asserted(folder.path(), "yes");
    assert!(!passed && said.contains("EVENTS_LOCK is \"yes\": it may be `update`"), "{said}");
}
