//! The paths that a module of `events/src` names, from the crate's root on.

use proc_macro2::Span;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, Macro, UseTree};

use crate::source::File;
use crate::tokens;

/// A path into the crate, as in `crate::store::EventStore`.
pub(crate) struct CratePath {
    /// What follows the root: `store`, `EventStore`.
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
    /// Whether it stands in a module under `#[cfg(test)]`.
    pub(crate) in_tests: bool,
}

/// The module path of a file of `events/src`, without the crate; empty for `lib.rs`. The programs in `bin`
/// are crates of their own.
pub(crate) fn module_of(path: &str) -> Option<Vec<String>> {
    let path = path.strip_prefix("events/src/")?.strip_suffix(".rs")?;
    if path.starts_with("bin/") {
        return None;
    }
    let path = path.strip_suffix("/mod").unwrap_or(path);
    Some(if path == "lib" { Vec::new() } else { path.split('/').map(str::to_owned).collect() })
}

/// All paths into the crate that a file names: in `use` items, elsewhere in the code, and in macros.
pub(crate) fn of_file(file: &File) -> Vec<CratePath> {
    let (Some(module), Some(syntax)) = (module_of(&file.path), &file.syntax) else { return Vec::new() };
    // A module of that name stands before the crate itself.
    let has_own = |item: &Item| matches!(item, Item::Mod(item) if item.ident == "events");
    let own_events = syntax.items.iter().any(has_own);
    let mut finder = Finder { module, found: Vec::new(), in_tests: file.is_unit_tests(), own_events };
    finder.visit_file(syntax);
    finder.found
}

/// Whether an attribute is a `cfg` that names `test`.
pub(crate) fn is_cfg_test(attribute: &Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else { return false };
    list.path.is_ident("cfg") && tokens::flatten(list.tokens.clone()).iter().any(|token| token.text == "test")
}

struct Finder {
    module: Vec<String>,
    found: Vec<CratePath>,
    in_tests: bool,
    own_events: bool,
}

impl Finder {
    fn note(&mut self, path: &[String], span: Span) {
        let supers = path.iter().take_while(|segment| *segment == "super").count();
        let absolute: Vec<String> = match path.first().map(String::as_str) {
            Some("events") if self.own_events => return,
            Some("crate" | "events") => path.iter().skip(1).cloned().collect(),
            Some("super") => {
                let outer = self.module.len().saturating_sub(supers);
                self.module.iter().take(outer).chain(path.iter().skip(supers)).cloned().collect()
            }
            _ => return,
        };
        if !absolute.is_empty() {
            let line = span.start().line;
            self.found.push(CratePath { segments: absolute, line, in_tests: self.in_tests });
        }
    }

    fn note_tree(&mut self, prefix: &mut Vec<String>, tree: &UseTree) {
        let ident = match tree {
            UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.note_tree(prefix, &path.tree);
                prefix.pop();
                return;
            }
            UseTree::Group(group) => return group.items.iter().for_each(|tree| self.note_tree(prefix, tree)),
            UseTree::Name(name) => &name.ident,
            UseTree::Rename(rename) => &rename.ident,
            UseTree::Glob(glob) => return self.note(prefix, glob.star_token.spans[0]),
        };
        let mut path = prefix.clone();
        path.push(ident.to_string());
        self.note(&path, ident.span());
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let outside = self.in_tests;
        self.in_tests |= item.attrs.iter().any(is_cfg_test);
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
        self.in_tests = outside;
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.note_tree(&mut Vec::new(), &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if let Some(first) = path.segments.first() {
            self.note(&segments, first.ident.span());
        }
        visit::visit_path(self, path);
    }

    /// Inside of a macro only `crate::name` can be told; `$crate` is the caller's business.
    fn visit_macro(&mut self, item: &'ast Macro) {
        visit::visit_macro(self, item);
        let tokens = tokens::flatten(item.tokens.clone());
        for (index, window) in tokens.windows(4).enumerate() {
            let [first, colon, other, name] = window else { continue };
            let before = index.checked_sub(1).and_then(|index| tokens.get(index));
            let path = first.text == "crate" && colon.text == ":" && other.text == ":";
            if path && before.is_none_or(|token| token.text != "$") {
                let segments = vec![name.text.clone()];
                self.found.push(CratePath { segments, line: first.line, in_tests: self.in_tests });
            }
        }
    }
}

/// The names that `lib.rs` re-exports, and the macros that are exported from anywhere, each with
/// the top module that it comes from.
pub(crate) fn root_names(files: &[File]) -> Vec<(String, String)> {
    let mut names = Vec::new();
    for file in files {
        let (Some(module), Some(syntax)) = (module_of(&file.path), &file.syntax) else { continue };
        for item in &syntax.items {
            match (item, module.first()) {
                (Item::Use(item), None) => push_leaves(&item.tree, None, &mut names),
                (Item::Macro(item), Some(top))
                    if item.attrs.iter().any(|attr| attr.path().is_ident("macro_export")) =>
                {
                    names.extend(item.ident.iter().map(|ident| (ident.to_string(), top.clone())));
                }
                _ => {}
            }
        }
    }
    names
}

fn push_leaves(tree: &UseTree, top: Option<&str>, names: &mut Vec<(String, String)>) {
    let ident = match tree {
        UseTree::Path(path) => {
            let first = path.ident.to_string();
            return push_leaves(&path.tree, Some(top.unwrap_or(&first)), names);
        }
        UseTree::Group(group) => return group.items.iter().for_each(|tree| push_leaves(tree, top, names)),
        UseTree::Name(name) => &name.ident,
        UseTree::Rename(rename) => &rename.rename,
        _ => return,
    };
    names.extend(top.map(|top| (ident.to_string(), top.to_owned())));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(path: &str, text: &str) -> Vec<String> {
        let file = File::new(path, text).unwrap();
        of_file(&file).iter().map(|path| format!("{}:{}", path.segments.join("::"), path.line)).collect()
    }

    #[test]
    fn every_way_to_name_a_module_is_seen() {
        let text = "use crate::{a::B, c};\nuse super::super::d::E;\nuse events::f::G as H;\n\
                    fn f(x: crate::i::J) { k!(crate::l::M); ::events::n::o() }\n\
                    mod inner { use super::p; use super::super::super::q::*; }\n";
        let found = paths("events/src/bus/sync.rs", text);
        let expected = ["a::B:1", "c:1", "d::E:2", "f::G:3", "i::J:4", "l:4", "n::o:4", "bus::sync::p:5", "q:5"];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_stays_inside_is_left_alone() {
        let text = "use super::Table;\nuse self::a::B;\nuse std::fmt;\npub(crate) struct S;\n\
                    macro_rules! m { () => { $crate::x::Y } }\n";
        assert_eq!(paths("events/src/bus/sync.rs", text), ["bus::Table:1"]);
        assert!(paths("events/src/bin/events/main.rs", "use crate::args::Cli;\nuse events::EventStore;\n").is_empty());
        assert!(paths("events/src/nutrition/mod.rs", "mod events;\npub use events::MealLogged;\n").is_empty());
    }
}
