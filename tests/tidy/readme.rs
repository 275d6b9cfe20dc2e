//! The README's quick start is a program that is compiled and run: `examples/quickstart.rs`.

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
    findings
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
    fn a_long_or_missing_program_is_found() {
        let long = format!("fn main() {{\n{}}}\n", "    f();\n".repeat(60));
        let findings = found(super::check, &[("README.md", "# events\n"), ("examples/quickstart.rs", &long)]);
        assert_eq!(findings.len(), 2, "{findings:?}");
        assert_eq!(found(super::check, &[("README.md", README)]), ["examples/quickstart.rs:0: it is missing"]);
    }
}
