//! Every public type, trait, function and macro of the library has an example in its docs, or in
//! those of its methods.
//!
//! What is public is what a program can name: declared `pub` in a public module, or re-exported by
//! one. The ids and names that a `macro_rules!` makes are not seen here; the macro takes their docs,
//! and theirs have examples.

use std::collections::HashSet;

use syn::{Attribute, Item, ItemImpl, UseTree, Visibility};

use crate::paths::module_of;
use crate::source::{File, Finding};

/// What needs no example of its own, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("BoxFuture", "a shorthand for a type of the standard library"),
    ("BoxError", "a shorthand for a type of the standard library"),
    ("MiddlewareFn", "what `from_fn` returns, which has it"),
    ("InCurrentCause", "what `InCause::in_current_cause` returns, which has it"),
    ("EventSpec", "what the derive hands to `EventDescriptor::new`"),
    ("HandlerSpec", "what the attribute hands to `HandlerRegistration::new`"),
    ("AggregateSpec", "what the attribute hands to `AggregateDescriptor::new`"),
    ("RegisteredEvent", "what the derive submits at link time; `Catalog` has the use"),
    ("RegisteredHandler", "what the attribute submits at link time; `Catalog` has the use"),
    ("RegisteredLink", "what `link!` submits at link time; `Catalog` has the use"),
    ("RegisteredAggregate", "what the attribute submits at link time; `Catalog` has the use"),
    ("Classified", "named by generated code only"),
    ("ViaClassify", "named by generated code only"),
    ("ViaInto", "named by generated code only"),
    ("Subscribed", "opaque: what a subscriber becomes in a bus"),
];

/// Modules that have rules of their own: the included domain, and the tests that are the contract.
const ELSEWHERE: &[&[&str]] = &[&["nutrition"], &["testing", "contract"]];

/// What the info string of an example may say when it is Rust that is run.
const RUN: &[&str] = &["", "rust", "standalone_crate", "should_panic"];

pub(crate) fn check(files: &[File]) -> Vec<Finding> {
    check_with(files, EXCEPTIONS)
}

fn check_with(files: &[File], exceptions: &[(&str, &str)]) -> Vec<Finding> {
    let public = Public::of(files);
    let shown: HashSet<(String, String)> = files.iter().flat_map(shown_by_impls).collect();
    let mut unused: HashSet<&str> = exceptions.iter().map(|(name, _)| *name).collect();
    let mut findings = Vec::new();
    for (file, module) in modules(files) {
        for item in declared(file) {
            let is_public = item.is_exported || public.has(&module, &item.name);
            if !is_public || item.has_example || shown.contains(&key(&module, &item.name)) {
                continue;
            }
            if exceptions.iter().any(|(name, _)| *name == item.name) {
                unused.remove(item.name.as_str());
            } else {
                findings.push(file.finding(item.line, format!("`{}` has no example that is run", item.name)));
            }
        }
    }
    // The list of exceptions is in this file.
    let own = files.iter().filter(|file| file.path == "tests/tidy/api_examples.rs");
    findings.extend(own.flat_map(|file| unused.iter().map(|name| file.finding(1, unneeded(name)))));
    findings
}

fn unneeded(name: &str) -> String {
    format!("`{name}` is on the list of exceptions and needs none")
}

/// The files of the library with their modules.
fn modules(files: &[File]) -> impl Iterator<Item = (&File, Vec<String>)> {
    let with_module = files.iter().filter_map(|file| Some((file, module_of(&file.path)?)));
    with_module.filter(|(_, module)| !ELSEWHERE.iter().any(|other| starts_with(module, other)))
}

fn starts_with(module: &[String], start: &[&str]) -> bool {
    module.len() >= start.len() && module.iter().zip(start).all(|(segment, start)| segment == start)
}

/// A name in the module at the top that it belongs to: two top modules may have one of that name.
fn key(module: &[String], name: &str) -> (String, String) {
    (module.first().cloned().unwrap_or_default(), name.to_owned())
}

/// What a program can name.
struct Public {
    modules: HashSet<Vec<String>>,
    /// The names that public modules re-export, each with the module.
    exports: HashSet<(Vec<String>, String)>,
}

impl Public {
    fn of(files: &[File]) -> Self {
        let mut public = Self { modules: HashSet::from([Vec::new()]), exports: HashSet::new() };
        // A module is public when all those around it are, so the outer ones come first.
        let mut sorted: Vec<_> = modules(files).collect();
        sorted.sort_by_key(|(_, module)| module.len());
        for (file, module) in sorted.iter().filter(|(file, _)| !file.is_unit_tests()) {
            if public.modules.contains(module) {
                public.add(file, module);
            }
        }
        public
    }

    fn add(&mut self, file: &File, module: &[String]) {
        for item in file.syntax.iter().flat_map(|syntax| &syntax.items) {
            match item {
                Item::Mod(item) if is_pub(&item.vis) => {
                    self.modules.insert(module.iter().cloned().chain([item.ident.to_string()]).collect());
                }
                Item::Use(item) if is_pub(&item.vis) => {
                    let names = leaves(&item.tree).into_iter();
                    self.exports.extend(names.map(|name| (module.to_vec(), name)));
                }
                _ => {}
            }
        }
    }

    /// Whether the module shows the name, or a public one around it does.
    fn has(&self, module: &[String], name: &str) -> bool {
        let exports = |outer: &[String]| self.exports.contains(&(outer.to_vec(), name.to_owned()));
        self.modules.contains(module) || (0..=module.len()).filter_map(|end| module.get(..end)).any(exports)
    }
}

fn leaves(tree: &UseTree) -> Vec<String> {
    match tree {
        UseTree::Path(path) => leaves(&path.tree),
        UseTree::Group(group) => group.items.iter().flat_map(leaves).collect(),
        UseTree::Name(name) => vec![name.ident.to_string()],
        UseTree::Rename(rename) => vec![rename.ident.to_string()],
        UseTree::Glob(_) => Vec::new(),
    }
}

/// An item that is `pub`, or an exported macro.
struct Declared {
    name: String,
    line: usize,
    /// Whether it is a macro, which is at the crate's root wherever it is declared.
    is_exported: bool,
    has_example: bool,
}

fn declared(file: &File) -> impl Iterator<Item = Declared> {
    file.syntax.iter().flat_map(|syntax| &syntax.items).filter_map(declared_item)
}

fn declared_item(item: &Item) -> Option<Declared> {
    let is_exported = matches!(item, Item::Macro(item) if has(&item.attrs, "macro_export"));
    let (ident, attrs, docs): (_, _, Vec<_>) = match item {
        Item::Struct(item) if is_pub(&item.vis) => (&item.ident, &item.attrs, item.attrs.iter().collect()),
        Item::Type(item) if is_pub(&item.vis) => (&item.ident, &item.attrs, item.attrs.iter().collect()),
        Item::Fn(item) if is_pub(&item.vis) => (&item.sig.ident, &item.attrs, item.attrs.iter().collect()),
        Item::Macro(item) if is_exported => (item.ident.as_ref()?, &item.attrs, item.attrs.iter().collect()),
        Item::Enum(item) if is_pub(&item.vis) => {
            let variants = item.variants.iter().flat_map(|variant| &variant.attrs);
            (&item.ident, &item.attrs, item.attrs.iter().chain(variants).collect())
        }
        Item::Trait(item) if is_pub(&item.vis) => {
            let methods = item.items.iter().flat_map(of_method);
            (&item.ident, &item.attrs, item.attrs.iter().chain(methods).collect())
        }
        _ => return None,
    };
    let line = ident.span().start().line;
    let declared = Declared { name: ident.to_string(), line, is_exported, has_example: has_example(docs) };
    (!is_hidden(attrs)).then_some(declared)
}

fn has(attrs: &[Attribute], name: &str) -> bool {
    attrs.iter().any(|attr| attr.path().is_ident(name))
}

fn is_hidden(attrs: &[Attribute]) -> bool {
    attrs
        .iter()
        .filter_map(|attr| attr.meta.require_list().ok())
        .any(|list| list.path.is_ident("doc") && list.tokens.to_string() == "hidden")
}

fn of_method(item: &syn::TraitItem) -> &[Attribute] {
    match item {
        syn::TraitItem::Fn(method) => &method.attrs,
        _ => &[],
    }
}

/// The types that a file's impl blocks show by an example.
fn shown_by_impls(file: &File) -> Vec<(String, String)> {
    let Some(module) = module_of(&file.path) else { return Vec::new() };
    let items = file.syntax.iter().flat_map(|syntax| &syntax.items);
    let impls = items.filter_map(|item| match item {
        Item::Impl(item) if item.trait_.is_none() => Some(item),
        _ => None,
    });
    impls.filter(|item| has_example(attrs_of(item))).filter_map(|item| Some(key(&module, &self_type(item)?))).collect()
}

fn attrs_of(item: &ItemImpl) -> impl Iterator<Item = &Attribute> {
    let methods = item.items.iter().filter_map(|item| match item {
        syn::ImplItem::Fn(method) if is_pub(&method.vis) => Some(&method.attrs),
        _ => None,
    });
    item.attrs.iter().chain(methods.flatten())
}

fn self_type(item: &ItemImpl) -> Option<String> {
    match &*item.self_ty {
        syn::Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    }
}

fn is_pub(vis: &Visibility) -> bool {
    matches!(vis, Visibility::Public(_))
}

/// Whether the doc comments have a fenced piece of Rust.
fn has_example<'a>(attrs: impl IntoIterator<Item = &'a Attribute>) -> bool {
    let mut open = false;
    let mut found = false;
    for line in attrs.into_iter().filter_map(doc_line) {
        let Some(info) = line.trim().strip_prefix("```") else { continue };
        open = !open;
        found |= open && info.split(',').all(|word| RUN.contains(&word.trim()));
    }
    found
}

/// One line of a doc comment.
fn doc_line(attr: &Attribute) -> Option<String> {
    let meta = attr.meta.require_name_value().ok().filter(|meta| meta.path.is_ident("doc"))?;
    match &meta.value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)], exceptions: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<File> = files.iter().map(|(path, text)| File::new(path, text).unwrap()).collect();
        check_with(&files, exceptions).iter().map(ToString::to_string).collect()
    }

    const LIB: (&str, &str) = ("events/src/lib.rs", "pub mod bus;\nmod text;\npub use text::shorten;\n");

    #[test]
    fn what_a_program_can_name_needs_an_example() {
        let files = [
            LIB,
            ("events/src/bus/mod.rs", "mod sync;\nmod table;\npub use sync::{EventBus, Next};\npub trait Layer {}\n"),
            ("events/src/bus/sync.rs", "/// A bus.\npub struct EventBus;\n/// ```text\n/// ```\npub enum Next { A }\n"),
            ("events/src/bus/table.rs", "pub struct Table;\npub(crate) struct Entry;\n"),
            ("events/src/text.rs", "pub fn shorten() {}\npub fn hidden() {}\n"),
            ("events/src/private.rs", "#[macro_export]\nmacro_rules! list { () => {} }\npub fn f() {}\n"),
            ("events/src/nutrition/mod.rs", "pub struct Meal;\n"),
        ];
        assert_eq!(
            found(&files, &[]),
            [
                "events/src/bus/mod.rs:4: `Layer` has no example that is run",
                "events/src/bus/sync.rs:2: `EventBus` has no example that is run",
                "events/src/bus/sync.rs:5: `Next` has no example that is run",
                "events/src/text.rs:1: `shorten` has no example that is run",
                "events/src/private.rs:2: `list` has no example that is run",
            ]
        );
    }

    #[test]
    fn an_example_of_the_item_or_of_a_method_is_enough() {
        let files = [
            LIB,
            (
                "events/src/bus/mod.rs",
                "pub struct A;\n/// ```\n/// ```\npub struct B;\npub trait C {\n/// ```\n/// ```\nfn c(); }\n",
            ),
            ("events/src/bus/a.rs", "impl A {\n/// ```standalone_crate\n/// ```\npub fn a() {} }\n"),
            ("events/src/text.rs", "/// ```rust,should_panic\n/// ```\npub fn shorten() {}\n"),
            ("events/src/store.rs", "#[doc(hidden)]\n#[macro_export]\nmacro_rules! submit { () => {} }\n"),
        ];
        assert_eq!(found(&files, &[]), [""; 0]);
    }

    #[test]
    fn an_exception_that_is_not_needed_is_found() {
        let own = ("tests/tidy/api_examples.rs", "");
        let files = [LIB, ("events/src/bus/mod.rs", "pub struct A;\n"), own];
        assert_eq!(
            found(&files, &[("A", "why"), ("B", "why")]),
            ["tests/tidy/api_examples.rs:1: `B` is on the list of exceptions and needs none"]
        );
    }
}
