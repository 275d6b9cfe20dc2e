//! What the compiler says: everything in `fail` is refused with exactly the text beside it,
//! everything in `pass` compiles.
//!
//! `TRYBUILD=overwrite cargo test -p events-tests --test ui` writes the texts anew; read them
//! before they are committed.

#[test]
fn mistakes_have_clear_errors() {
    trybuild::TestCases::new().compile_fail("ui/fail/*/*.rs");
}

#[test]
fn what_is_right_compiles() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}
