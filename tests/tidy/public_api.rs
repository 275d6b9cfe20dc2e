//! The included domain is written as a user would write it: with the names at the crate's root and
//! in its prelude, and the test kit in its tests. The programs in `bin` are crates of their own, so that
//! the compiler holds them to public names; those that are meant for generated code are not theirs either.

use crate::paths;
use crate::source::{File, Finding};
use crate::tokens;

pub(crate) fn check(files: &[File]) -> Vec<Finding> {
    let roots = paths::root_names(files);
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with("events/src/nutrition")) {
        for path in paths::of_file(file) {
            let Some(first) = path.segments.first() else { continue };
            let allowed = match first.as_str() {
                "nutrition" | "prelude" => true,
                "testing" => path.in_tests,
                "__private" => false,
                name => roots.iter().any(|(root, _)| root == name),
            };
            if !allowed {
                let message = format!("`{}` isn't at the crate's root nor in its prelude", path.segments.join("::"));
                findings.push(file.finding(path.line, message));
            }
        }
    }
    findings.extend(files.iter().filter(|file| file.path.starts_with("events/src/bin/")).flat_map(hidden_names));
    findings
}

fn hidden_names(file: &File) -> impl Iterator<Item = Finding> + use<'_> {
    let named = tokens::of_file(file).into_iter().filter(|token| token.text == "__private");
    named.map(|token| file.finding(token.line, "`__private` is for generated code"))
}

#[cfg(test)]
mod tests {
    use crate::source::found;

    #[test]
    fn private_names_are_found() {
        let files = [
            ("events/src/lib.rs", "pub use store::EventStore;\n"),
            (
                "events/src/nutrition/user.rs",
                "use crate::prelude::*;\nuse events::EventStore;\nuse super::ids::UserId;\n\
                 use crate::store::memory::Log;\nuse crate::testing::given;\n\
                 #[cfg(test)]\nmod tests { use crate::testing::given; }\n",
            ),
        ];
        assert_eq!(
            found(super::check, &files),
            [
                "events/src/nutrition/user.rs:4: `store::memory::Log` isn't at the crate's root nor in its prelude",
                "events/src/nutrition/user.rs:5: `testing::given` isn't at the crate's root nor in its prelude",
            ]
        );
    }

    #[test]
    fn programs_leave_hidden_names_alone() {
        let files = [("events/src/bin/events/main.rs", "use events::EventStore;\nuse events::__private::Uuid;\n")];
        assert_eq!(found(super::check, &files), ["events/src/bin/events/main.rs:2: `__private` is for generated code"]);
    }
}
