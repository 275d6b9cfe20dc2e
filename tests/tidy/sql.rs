//! SQL lives in `.sql` files; in Rust there are short statements only, and none that shapes a table.

use crate::source::{File, Finding};
use crate::tokens::{self, Token};

/// A statement that is longer than this is easier to read in a file of its own.
const LONGEST: usize = 200;

/// How statements begin.
const STATEMENTS: &[&str] = &["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "REPLACE ", "WITH "];
/// What belongs to a schema.
const SCHEMA: &[&str] = &["CREATE ", "ALTER ", "DROP "];

pub(crate) fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    // A unit test may make up a schema of its own.
    let of_stores = |file: &&File| file.path.starts_with("events/src/store/") && !file.is_unit_tests();
    for file in files.iter().filter(of_stores) {
        let tokens = tokens::of_file(file);
        for literal in literals(&tokens) {
            findings.extend(problem(&literal.text).map(|problem| file.finding(literal.line, problem)));
        }
    }
    findings
}

/// The string literals that aren't docs.
fn literals(tokens: &[Token]) -> impl Iterator<Item = &Token> {
    let is_doc = |index: usize| {
        let word = |back: usize| index.checked_sub(back).and_then(|index| tokens.get(index)).map(|t| t.text.as_str());
        word(2) == Some("doc") && word(1) == Some("=")
    };
    tokens.iter().enumerate().filter(move |(index, token)| token.text.contains('"') && !is_doc(*index)).map(|(_, t)| t)
}

fn problem(literal: &str) -> Option<String> {
    let text: String = literal.trim_start_matches(['r', '#', '"']).split_whitespace().collect::<Vec<_>>().join(" ");
    let begins = |words: &[&str]| words.iter().any(|word| text.to_ascii_uppercase().starts_with(word));
    if begins(SCHEMA) {
        return Some("a part of the schema: it belongs in a .sql file".to_owned());
    }
    let length = text.len();
    (begins(STATEMENTS) && length > LONGEST)
        .then(|| format!("a statement of {length} characters: it belongs in a .sql file"))
}

#[test]
fn sql_in_rust_is_found() {
    let long = format!("const L: &str = \"SELECT {}\";\n", "a, ".repeat(100));
    let text = format!(
        "/// CREATE TABLE is elsewhere.\nconst A: &str = \"SELECT 1\";\n\
         const B: &str = r#\"\n  create table t (x)\"#;\nfn f() {{ run!(\"DROP TABLE t\") }}\n{long}"
    );
    let elsewhere = [("tests/it/b.rs", text.as_str()), ("events/src/store/a/tests.rs", &text)];
    let findings =
        crate::source::found(check, &[&[("events/src/store/a/mod.rs", text.as_str())], &elsewhere[..]].concat());
    let lines: Vec<&str> = findings.iter().map(|finding| finding.split(": ").next().unwrap()).collect();
    assert_eq!(lines, ["events/src/store/a/mod.rs:3", "events/src/store/a/mod.rs:5", "events/src/store/a/mod.rs:6"]);
}
