//! The README's quick start is a program that is compiled and run, `examples/quickstart.rs`, and the
//! tests that its tables name are there.

use crate::source::{File, Finding};

const README: &str = "README.md";
const EXAMPLE: &str = "examples/quickstart.rs";
const MOST_LINES: usize = 60;

pub(crate) fn check(files: &[File]) -> Vec<Finding> {
    let find = |path: &str| files.iter().find(|file| file.path == path);
    let missing = |path: &str| Finding::missing(path);
    let (readme, example) = match (find(README), find(EXAMPLE)) {
        (Some(readme), Some(example)) => (readme, example),
        (readme, _) => return vec![missing(if readme.is_none() { README } else { EXAMPLE })],
    };
    let mut findings = Vec::new();
    let lines = example.text.lines().count();
    if lines > MOST_LINES {
        findings.push(example.finding(lines, format!("{lines} lines, the quick start has at most {MOST_LINES}")));
    }
    match quick_start(readme) {
        None => findings.push(readme.finding(1, "no Rust program under a heading `Quick start`")),
        Some((line, text)) if text.trim() != example.text.trim() => {
            findings.push(readme.finding(line, format!("the quick start isn't {EXAMPLE}")));
        }
        Some(_) => {}
    }
    findings.extend(missing_tests(readme, files));
    findings
}

/// The tests named in the last cell of a table's row that don't exist.
fn missing_tests<'f>(readme: &'f File, files: &'f [File]) -> impl Iterator<Item = Finding> + 'f {
    let cells = readme.lines().filter_map(|(line, text)| Some((line, text.strip_suffix(" |")?.rsplit("| ").next()?)));
    let names = cells.flat_map(|(line, cell)| cell.split(", ").map(move |name| (line, name)));
    let tests = names.filter_map(|(line, name)| {
        let name = name.strip_prefix('`')?.strip_suffix('`')?;
        Some((line, name)).filter(|(_, name)| name.contains('_'))
    });
    tests.filter_map(|(line, name)| {
        let test = format!("fn {name}(");
        let found = files.iter().any(|file| file.path.ends_with(".rs") && file.text.contains(&test));
        (!found).then(|| readme.finding(line, format!("there is no test `{name}`")))
    })
}

/// The first Rust program under the heading, with the line on which it begins.
fn quick_start(readme: &File) -> Option<(usize, String)> {
    let is_heading = |text: &str| text.starts_with('#') && text.to_lowercase().contains("quick start");
    let mut lines = readme.lines().skip_while(|(_, text)| !is_heading(text));
    let (fence, _) = lines.find(|(_, text)| text.starts_with("```rust"))?;
    let program: Vec<&str> = lines.map(|(_, text)| text).take_while(|text| !text.starts_with("```")).collect();
    Some((fence + 1, program.join("\n")))
}

#[cfg(test)]
mod tests {
    use crate::source::found;

    const README: &str = "# events\n\n```rust\nother\n```\n\n## Quick start\n\n```rust\nfn main() {}\n```\n";

    #[test]
    fn the_same_program_is_fine() {
        assert!(found(super::check, &[("README.md", README), ("examples/quickstart.rs", "fn main() {}\n")]).is_empty());
    }

    #[test]
    fn another_program_is_found() {
        let findings = found(super::check, &[("README.md", README), ("examples/quickstart.rs", "fn main() { }\n")]);
        assert_eq!(findings, ["README.md:10: the quick start isn't examples/quickstart.rs"]);
    }

    #[test]
    fn a_test_that_is_named_and_not_there_is_found() {
        let readme =
            format!("{README}\n| a | `it_is_there` |\n| b | `it_is_there`, `it_is_gone` |\n| c | by design |\n");
        let files = [
            ("README.md", &*readme),
            ("examples/quickstart.rs", "fn main() {}\n"),
            ("tests/it/a.rs", "async fn it_is_there() {}\n"),
        ];
        assert_eq!(found(super::check, &files), ["README.md:14: there is no test `it_is_gone`"]);
    }

    #[test]
    fn a_long_or_missing_program_is_found() {
        let long = format!("fn main() {{\n{}}}\n", "    f();\n".repeat(60));
        let findings = found(super::check, &[("README.md", "# events\n"), ("examples/quickstart.rs", &long)]);
        assert_eq!(findings.len(), 2, "{findings:?}");
        assert_eq!(found(super::check, &[("README.md", README)]), ["examples/quickstart.rs:0: it is missing"]);
    }
}
