//! Every example in the docs is compiled and run.

use crate::source::{File, Finding};

/// What keeps an example from being compiled or run.
const SKIPPED: &[&str] = &["ignore", "no_run"];

pub(crate) fn check(files: &[File]) -> Vec<Finding> {
    files.iter().flat_map(in_file).collect()
}

fn in_file(file: &File) -> Vec<Finding> {
    let is_markdown = file.path.ends_with(".md");
    let mut findings = Vec::new();
    let mut open = false;
    for (line, text) in file.lines() {
        let text = text.trim();
        let text = match text.strip_prefix("///").or(text.strip_prefix("//!")) {
            Some(text) => text.trim(),
            None if is_markdown => text,
            None => continue,
        };
        let Some(info) = text.strip_prefix("```").or(text.strip_prefix("~~~")) else { continue };
        open = !open;
        let mut words = info.split([',', ' ']).filter(|_| open);
        // `ignore-…` leaves the example out on some targets.
        if words.any(|word| SKIPPED.contains(&word) || word.starts_with("ignore-")) {
            findings.push(file.finding(line, format!("an example that is never run: ```{info}")));
        }
    }
    findings
}

#[test]
fn skipped_examples_are_found() {
    let rust = "/// ```ignore\n/// x\n/// ```\n/// ```\n/// ignore\n/// ```\nfn f() {\n    //! ```rust,no_run\n    //! ```\n}\n";
    let markdown = "```rust ignore\n```\n```text\n```\n```ignore-wasm\n```\n";
    let findings = crate::source::found(check, &[("events/src/a.rs", rust), ("README.md", markdown)]);
    assert_eq!(
        findings,
        [
            "events/src/a.rs:1: an example that is never run: ```ignore",
            "events/src/a.rs:8: an example that is never run: ```rust,no_run",
            "README.md:1: an example that is never run: ```rust ignore",
            "README.md:5: an example that is never run: ```ignore-wasm",
        ]
    );
}
