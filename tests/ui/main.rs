//! What the compiler says: everything in `fail` is refused with exactly the text beside it,
//! everything in `pass` compiles.
//!
//! The texts are those of one version of the compiler, [`WORDED_BY`]; another one words its part
//! differently, so there they aren't compared, and the test says so.
//! `TRYBUILD=overwrite cargo test -p events-tests --test ui` writes the texts anew; read them
//! before they are committed.

use std::process::Command;

/// The version whose words the `.stderr` files have.
const WORDED_BY: &str = "rustc 1.95.";

#[test]
fn mistakes_have_clear_errors() {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = Command::new(rustc).arg("--version").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    if version.starts_with(WORDED_BY) {
        trybuild::TestCases::new().compile_fail("ui/fail/*/*.rs");
    } else {
        println!("NOT COMPARED: the texts are worded by {WORDED_BY}x, this is {version}");
    }
}

#[test]
fn what_is_right_compiles() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}
