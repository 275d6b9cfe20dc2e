//! The order program, run as its reader would: the store's readers miss nothing, and a naive one does.

use std::io;
use std::process::{Command, Output};

use events_tests::postgres::private_servers;

fn order(arguments: &[&str]) -> io::Result<Output> {
    let arguments = ["postgres", "--writers", "8", "--seconds", "3"].into_iter().chain(arguments.iter().copied());
    Command::new(env!("CARGO_BIN_EXE_order")).args(arguments).output()
}

#[test]
fn readers_meet_every_event_once_and_in_order_whatever_writers_do() {
    let Some(()) = private_servers().get() else { return };
    let output = order(&[]).unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(text.contains(", missed 0, order errors 0\nnaive reader missed "), "{text}");
    assert!(!text.contains("naive reader missed 0"), "{text}");
}

/// The control: judged as the store's readers are, the naive reader is found out.
#[test]
fn a_naive_reader_is_found_out() {
    let Some(()) = private_servers().get() else { return };
    let output = order(&["--judge-naive"]).unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(!text.contains(", missed 0, order errors 0\nnaive"), "{text}");
}
