//! The crash program, run as its reader would: it finds nothing wrong, and it finds a lie.

use std::io;
use std::process::{Command, Output};

use events_tests::postgres::private_servers;

fn crash(arguments: &[&str]) -> io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_crash")).args(arguments).output()
}

#[test]
fn sqlite_keeps_what_it_has_acknowledged() {
    let output = crash(&["sqlite", "--rounds", "5"]).unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(text.contains("\nlost 0, torn 0, holes 0\n"), "{text}");
    assert!(!text.contains("acknowledged 0 commits"), "{text}");
}

#[test]
fn postgres_keeps_what_it_has_acknowledged() {
    let Some(()) = private_servers().get() else { return };
    let output = crash(&["postgres", "--rounds", "3"]).unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(text.contains("\nlost 0, torn 0, holes 0\n"), "{text}");
    assert!(!text.contains("acknowledged 0 commits"), "{text}");
}

/// The control: commits that are called acknowledged before the store is asked are lost by a kill, and
/// the program says so.
#[test]
fn acknowledging_too_early_is_found_out() {
    let output = crash(&["sqlite", "--rounds", "50", "--acknowledge-early"]).unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(text.contains("was acknowledged and is lost"), "{text}");
    assert!(!text.contains("lost 0,"), "{text}");
}
