//! Whether the sources keep the rules of the house. Each check reports everything it finds, with
//! file and line, and has tests of its own on small bad inputs: a check that finds nothing finds
//! nothing because nothing is there.

mod api_examples;
mod doc_examples;
mod features;
mod globs;
mod layers;
mod paths;
mod placeholders;
mod public_api;
mod readme;
mod sizes;
mod source;
mod sql;
mod test_code;
mod tokens;

use source::{File, Finding, workspace};

type Check = fn(&[File]) -> Vec<Finding>;

/// The rules, each with its check.
const RULES: &[(&str, Check)] = &[
    ("modules import from lower layers only", layers::check),
    ("the included domain uses the public API alone", public_api::check),
    ("nothing is imported by globs", globs::check),
    ("files stay small", sizes::check),
    ("examples in docs are compiled and run", doc_examples::check),
    ("public items have an example", api_examples::check),
    ("nothing is left to do, no test is skipped", placeholders::check),
    ("tests don't sleep", test_code::check),
    ("features don't cut functions apart", features::check),
    ("SQL is in .sql files", sql::check),
    ("the README's quick start is the example", readme::check),
];

/// One test for all rules, because reading the sources takes longer than checking them.
#[test]
fn the_workspace_is_tidy() {
    let files = workspace().unwrap();
    let mut report = String::new();
    for (rule, check) in RULES {
        let mut findings = check(&files);
        findings.sort();
        if !findings.is_empty() {
            report += &format!("\n{rule}:\n");
        }
        report.extend(findings.iter().map(|finding| format!("  {finding}\n")));
    }
    assert!(report.is_empty(), "the workspace isn't tidy\n{report}");
}

#[test]
fn the_whole_workspace_is_read() {
    let files = workspace().unwrap();
    for path in ["events/src/lib.rs", "events-macros/src/lib.rs", "tests/tidy/main.rs", "examples/src/lib.rs"] {
        assert!(files.iter().any(|file| file.path == path), "{path} is missing");
    }
    assert!(files.len() > 100);
}
