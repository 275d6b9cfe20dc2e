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
    // The line of an async function around the example, until something calls it.
    let mut uncalled = None;
    for (line, text) in file.lines() {
        let text = text.trim();
        let text = match text.strip_prefix("///").or(text.strip_prefix("//!")) {
            Some(text) => text.trim(),
            None if is_markdown => text,
            None => continue,
        };
        let Some(info) = text.strip_prefix("```").or(text.strip_prefix("~~~")) else {
            if open && text.starts_with("# async fn example(") {
                uncalled = Some(line);
            } else if text.contains("example(") {
                uncalled = None;
            }
            continue;
        };
        open = !open;
        let never_called = |line| file.finding(line, "an example that is compiled and never called");
        findings.extend(uncalled.take().map(never_called));
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

#[test]
fn examples_that_nothing_calls_are_found() {
    let called = "/// ```\n/// # async fn example() {\n/// # }\n/// # block_on(example());\n/// ```\nfn f() {}\n";
    let uncalled = "/// ```\n/// # async fn example() {\n/// # }\n/// ```\nfn f() {}\n";
    let files = [("events/src/a.rs", called), ("events/src/b.rs", uncalled)];
    assert_eq!(
        crate::source::found(check, &files),
        ["events/src/b.rs:2: an example that is compiled and never called"]
    );
}
