//! Tests don't sleep: they turn a clock by hand, pause the runtime's time, or wait for a condition
//! with a deadline. In a file that pauses the runtime's time, its `sleep` takes none and is fine.

use syn::ItemMod;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::paths::is_cfg_test;
use crate::source::{File, Finding};
use crate::tokens;

pub(crate) fn check(files: &[File]) -> Vec<Finding> {
    files.iter().flat_map(in_file).collect()
}

fn in_file(file: &File) -> Vec<Finding> {
    let modules = test_lines(file);
    let tokens = tokens::of_file(file);
    let pauses = [&["start_paused", "=", "true"][..], &["time", ":", ":", "pause"]];
    let is_paused = pauses.iter().any(|sequence| tokens::lines_of(&tokens, sequence).next().is_some());
    let of_thread: Vec<usize> = tokens::lines_of(&tokens, &["thread", ":", ":", "sleep"]).collect();
    let sleeping = tokens.iter().filter(|token| token.text == "sleep").map(|token| token.line);
    let in_tests = |line: &usize| modules.iter().any(|(first, last)| (first..=last).contains(&line));
    let wasteful = sleeping.filter(in_tests).filter(|line| !is_paused || of_thread.contains(line));
    wasteful.map(|line| file.finding(line, "`sleep` in a test: pause the time, or wait for a condition")).collect()
}

/// The lines of a file that are tests: first and last of each module, or all.
fn test_lines(file: &File) -> Vec<(usize, usize)> {
    let of_tests = ["tests/", "events/tests/"].iter().any(|folder| file.path.starts_with(folder));
    if of_tests || file.is_unit_tests() {
        return vec![(1, usize::MAX)];
    }
    let mut modules = TestModules(Vec::new());
    file.syntax.iter().for_each(|syntax| modules.visit_file(syntax));
    modules.0
}

struct TestModules(Vec<(usize, usize)>);

impl<'ast> Visit<'ast> for TestModules {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if item.attrs.iter().any(is_cfg_test) {
            let span = item.span();
            self.0.push((span.start().line, span.end().line));
        }
        visit::visit_item_mod(self, item);
    }
}

#[test]
fn sleeping_is_found_in_tests_only() {
    let library = "fn f() {\n    std::thread::sleep(d);\n}\n\
                   #[cfg(all(test, feature = \"x\"))]\nmod tests {\n    use tokio::time::sleep;\n    fn g() {\n\
                   \x20       join!(sleep(d));\n    }\n}\n";
    let test = "fn f() {\n    tokio::time::sleep(d);\n}\n";
    let paused = "#[tokio::test(start_paused = true)]\nasync fn f() {\n    tokio::time::sleep(d).await;\n\
                  \x20   std::thread::sleep(d);\n}\n";
    let files =
        [("events/src/a.rs", library), ("tests/it/b.rs", test), ("tests/it/c.rs", paused), ("events/tests/d.rs", test)];
    let findings = crate::source::found(check, &files);
    let lines: Vec<&str> = findings.iter().map(|finding| finding.split(": ").next().unwrap()).collect();
    assert_eq!(
        lines,
        ["events/src/a.rs:6", "events/src/a.rs:8", "tests/it/b.rs:2", "tests/it/c.rs:4", "events/tests/d.rs:2"]
    );
}
