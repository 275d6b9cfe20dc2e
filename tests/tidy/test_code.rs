//! Tests don't sleep: they turn a clock by hand, pause the runtime's time, or wait for a condition
//! with a deadline.

use syn::ItemMod;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::paths::is_cfg_test;
use crate::source::{File, Finding};
use crate::tokens;

const SLEEPING: &[&str] = &["sleep", "sleep_ms"];

pub(crate) fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        let modules = test_lines(file);
        for token in tokens::of_file(file) {
            let in_tests = modules.iter().any(|(first, last)| (*first..=*last).contains(&token.line));
            if in_tests && SLEEPING.contains(&token.text.as_str()) {
                findings.push(file.finding(token.line, format!("`{}` in a test: wait for a condition", token.text)));
            }
        }
    }
    findings
}

/// The lines of a file that are tests: first and last of each module, or all.
fn test_lines(file: &File) -> Vec<(usize, usize)> {
    if file.path.starts_with("tests/") || file.is_unit_tests() {
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
    let findings = crate::source::found(check, &[("events/src/a.rs", library), ("tests/it/b.rs", test)]);
    let lines: Vec<&str> = findings.iter().map(|finding| finding.split(": ").next().unwrap()).collect();
    assert_eq!(lines, ["events/src/a.rs:6", "events/src/a.rs:8", "tests/it/b.rs:2"]);
}
