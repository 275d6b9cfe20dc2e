//! The delivery program, run as its reader would: it finds nothing wrong, and it finds broken words.

use std::io;
use std::process::{Command, Output};

use events_tests::postgres::private_servers;

fn delivery(arguments: &[&str]) -> io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_delivery")).args(arguments).output()
}

fn assert_nothing_wrong(output: &Output) {
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(text.contains("\nmissing 0, disorder 0, duplicates in effect 0, redeliveries "), "{text}");
    assert!(!text.contains("\n0 events"), "{text}");
}

#[test]
fn durable_handlers_on_sqlite_keep_their_word() {
    assert_nothing_wrong(&delivery(&["sqlite", "--rounds", "8"]).unwrap());
}

#[test]
fn durable_handlers_on_postgres_keep_their_word() {
    let Some(()) = private_servers().get() else { return };
    assert_nothing_wrong(&delivery(&["postgres", "--rounds", "8"]).unwrap());
}

/// The control: a handler that leaves out events is found out.
#[test]
fn a_forgetful_handler_is_found_out() {
    let output = delivery(&["sqlite", "--rounds", "2", "--sabotage", "forget"]).unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(text.contains("WRONG: read has missed "), "{text}");
}

/// The control: effects that are written beside the lent transaction stay when the handler fails, and
/// come twice.
#[test]
fn effects_outside_of_the_transaction_are_found_out() {
    let output = delivery(&["sqlite", "--rounds", "4", "--sabotage", "outside"]).unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(text.contains("WRONG: book has written "), "{text}");
}
