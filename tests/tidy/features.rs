//! A feature takes whole items in or out; inside of a function it would make two functions of one.

use syn::visit::{self, Visit};
use syn::{Attribute, Block, Macro, Meta};

use crate::source::{File, Finding};
use crate::tokens;

pub(crate) fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        let Some(syntax) = &file.syntax else { continue };
        let mut finder = Finder { file, depth: 0, findings: Vec::new() };
        finder.visit_file(syntax);
        findings.extend(finder.findings);
    }
    findings
}

struct Finder<'f> {
    file: &'f File,
    depth: usize,
    findings: Vec<Finding>,
}

impl Finder<'_> {
    fn look(&mut self, path: &syn::Path, tokens: &proc_macro2::TokenStream) {
        let name = path.get_ident().map(ToString::to_string).unwrap_or_default();
        let is_cfg = name == "cfg" || name == "cfg_attr";
        if self.depth == 0 || !is_cfg {
            return;
        }
        let tokens = tokens::flatten(tokens.clone());
        if let Some(feature) = tokens.iter().find(|token| token.text == "feature") {
            let message = format!("`{name}(feature …)` inside of a function: make it an item of its own");
            self.findings.push(self.file.finding(feature.line, message));
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_block(&mut self, block: &'ast Block) {
        self.depth += 1;
        visit::visit_block(self, block);
        self.depth -= 1;
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.look(&list.path, &list.tokens);
        }
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        self.look(&item.path, &item.tokens);
    }
}

#[test]
fn features_inside_of_functions_are_found() {
    let text = "#[cfg(feature = \"a\")]\nmod m;\nimpl S {\n    #[cfg(feature = \"a\")]\n    fn f() {\n\
                \x20       #[cfg(feature = \"a\")]\n        let x = 1;\n        if cfg!(feature = \"b\") {}\n\
                \x20       if cfg!(unix) {}\n    }\n}\n";
    let findings = crate::source::found(check, &[("events/src/a.rs", text)]);
    let lines: Vec<&str> = findings.iter().map(|finding| finding.split(": ").next().unwrap()).collect();
    assert_eq!(lines, ["events/src/a.rs:6", "events/src/a.rs:8"]);
}
