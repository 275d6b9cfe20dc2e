//! A file that passes 400 lines wants to be two.

use crate::source::{File, Finding};

const MOST_LINES: usize = 400;

pub(crate) fn check(files: &[File]) -> Vec<Finding> {
    let library = |file: &&File| ["events/src/", "events-macros/src/"].iter().any(|src| file.path.starts_with(src));
    let files = files.iter().filter(library);
    let sizes = files.map(|file| (file, file.text.lines().count())).filter(|(_, lines)| *lines > MOST_LINES);
    sizes.map(|(file, lines)| file.finding(lines, format!("{lines} lines, at most {MOST_LINES} are allowed"))).collect()
}

#[test]
fn long_files_are_found() {
    let (long, short) = ("\n".repeat(401), "\n".repeat(400));
    let files = [("events/src/a.rs", long.as_str()), ("events/src/b.rs", &short), ("tests/it/c.rs", &long)];
    assert_eq!(crate::source::found(check, &files), ["events/src/a.rs:401: 401 lines, at most 400 are allowed"]);
}
