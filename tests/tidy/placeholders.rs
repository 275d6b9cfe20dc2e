//! Nothing is left to do, and no test is skipped.

use crate::source::{File, Finding};
use crate::tokens;

const FORBIDDEN: &[(&[&str], &str)] = &[
    (&["todo", "!"], "`todo!`: write it, or leave it out"),
    (&["unimplemented", "!"], "`unimplemented!`: write it, or leave it out"),
    (&["#", "[", "ignore"], "`#[ignore]`: a test that isn't run tests nothing"),
];

pub(crate) fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        let tokens = tokens::of_file(file);
        for (sequence, message) in FORBIDDEN {
            findings.extend(tokens::lines_of(&tokens, sequence).map(|line| file.finding(line, *message)));
        }
    }
    findings
}

#[test]
fn placeholders_are_found() {
    let text =
        "fn f() {\n    vec![todo!()];\n    unimplemented!(\"later\")\n}\n#[test]\n#[ignore = \"slow\"]\nfn g() {}\n";
    let lines: Vec<String> = crate::source::found(check, &[("a.rs", text)]);
    let lines: Vec<&str> = lines.iter().map(|finding| finding.split(": ").next().unwrap()).collect();
    assert_eq!(lines, ["a.rs:2", "a.rs:3", "a.rs:6"]);
}
