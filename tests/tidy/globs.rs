//! No globs: they hide where a name comes from. Users and tests take the prelude, unit tests what
//! they test.

use proc_macro2::Span;
use syn::visit::{self, Visit};
use syn::{ItemMod, ItemUse, UseTree, Visibility};

use crate::paths::is_cfg_test;
use crate::source::{File, Finding};

pub(crate) fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        let mut finder = Finder { file, in_tests: file.is_unit_tests(), findings: Vec::new() };
        if let Some(syntax) = &file.syntax {
            finder.visit_file(syntax);
        }
        findings.extend(finder.findings);
        findings.extend(in_docs(file));
    }
    findings
}

/// Globs in the examples of docs.
fn in_docs(file: &File) -> impl Iterator<Item = Finding> {
    let is_markdown = file.path.ends_with(".md");
    file.lines().filter_map(move |(line, text)| {
        let text = text.trim();
        let text = match text.strip_prefix("///").or(text.strip_prefix("//!")) {
            Some(text) => text,
            None if is_markdown => text,
            None => return None,
        };
        let imported = text.trim().strip_prefix("use ")?.strip_suffix("::*;")?;
        (imported.rsplit("::").next() != Some("prelude"))
            .then(|| file.finding(line, format!("`use {imported}::*` in an example: name what is used")))
    })
}

struct Finder<'f> {
    file: &'f File,
    in_tests: bool,
    findings: Vec<Finding>,
}

impl Finder<'_> {
    fn walk(&mut self, parent: &str, tree: &UseTree, public: bool) {
        match tree {
            UseTree::Path(path) => self.walk(&path.ident.to_string(), &path.tree, public),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.walk(parent, tree, public)),
            UseTree::Glob(glob) => self.glob(parent, public, glob.star_token.spans[0]),
            _ => {}
        }
    }

    fn glob(&mut self, parent: &str, public: bool, span: Span) {
        let path = self.file.path.as_str();
        // The included domain is written as a user would write it.
        let is_user = !path.contains("src/") || path.starts_with("events/src/nutrition");
        let allowed = match parent {
            _ if public => false,
            "prelude" => is_user,
            "super" => self.in_tests,
            _ => false,
        };
        if !allowed {
            let message = format!("`{parent}::*`: name what is {}", if public { "re-exported" } else { "used" });
            self.findings.push(self.file.finding(span.start().line, message));
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let outside = self.in_tests;
        self.in_tests |= item.attrs.iter().any(is_cfg_test);
        visit::visit_item_mod(self, item);
        self.in_tests = outside;
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.walk("", &item.tree, !matches!(item.vis, Visibility::Inherited));
    }
}

#[cfg(test)]
mod tests {
    use crate::source::found;

    #[test]
    fn globs_are_found() {
        let text = "use crate::id::*;\npub use prelude::*;\nuse super::*;\nuse a::{b, c::*};\n\
                    #[cfg(test)]\nmod tests { use super::*; }\n";
        let findings = found(super::check, &[("events/src/bus/mod.rs", text)]);
        assert_eq!(
            findings,
            [
                "events/src/bus/mod.rs:1: `id::*`: name what is used",
                "events/src/bus/mod.rs:2: `prelude::*`: name what is re-exported",
                "events/src/bus/mod.rs:3: `super::*`: name what is used",
                "events/src/bus/mod.rs:4: `c::*`: name what is used",
            ]
        );
    }

    #[test]
    fn users_take_the_prelude() {
        let text =
            "//! ```\n//! use events::prelude::*;\n//! use events::store::*;\n//! ```\nuse events::prelude::*;\n";
        let findings = found(super::check, &[("examples/quickstart.rs", text), ("README.md", "use events::*;\n")]);
        assert_eq!(findings.len(), 2, "{findings:?}");
        assert!(findings[0].starts_with("examples/quickstart.rs:3: `use events::store::*` in an example"));
        assert!(findings[1].starts_with("README.md:1: "));
    }
}
