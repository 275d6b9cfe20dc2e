//! What the macros write is short enough to be read: thin calls into the framework. `expanded/` has
//! items, and beside each what it becomes, formatted.
//!
//! `EXPANSION=overwrite cargo test -p events-macros expansion` writes that anew; read it before it is
//! committed.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Item, Meta};

/// What an item of a few lines becomes fits on a page; an aggregate of two events needs two.
const PAGE: usize = 80;

/// What is generated for the items of a file, next to those that an attribute gives back.
fn expanded(source: &str) -> TokenStream {
    syn::parse_file(source).unwrap().items.into_iter().map(expanded_item).collect()
}

fn expanded_item(mut item: Item) -> TokenStream {
    let attributes = match &mut item {
        Item::Fn(item) => &mut item.attrs,
        Item::Impl(item) => &mut item.attrs,
        Item::Struct(item) => {
            let derives = item.attrs.iter().map(|attribute| attribute.to_token_stream().to_string());
            let derives = derives.collect::<String>();
            return match () {
                () if derives.contains("DomainEvent") => crate::domain_event::derive(item.to_token_stream()),
                () => crate::from_context::derive(item.to_token_stream()),
            };
        }
        _ => panic!("no macro goes on this"),
    };
    let attribute = attributes.remove(0);
    let options = options(&attribute);
    if attribute.path().is_ident("aggregate") {
        crate::aggregate::attribute(options, item.to_token_stream())
    } else {
        crate::event_handler::attribute(options, item.to_token_stream())
    }
}

fn options(attribute: &Attribute) -> TokenStream {
    match &attribute.meta {
        Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    }
}

/// As rustfmt writes it with the settings of the workspace.
fn formatted(code: &TokenStream) -> String {
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.args(["--edition", "2024"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let mut rustfmt = rustfmt.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("rustfmt is installed");
    rustfmt.stdin.take().unwrap().write_all(code.to_string().as_bytes()).unwrap();
    let output = rustfmt.wait_with_output().unwrap();
    assert!(output.status.success(), "rustfmt refuses {code}");
    String::from_utf8(output.stdout).unwrap()
}

/// The files that a user could have written, sorted.
fn sources() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("expanded");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut sources: Vec<_> = files.filter(|path| !path.to_string_lossy().ends_with(".expanded.rs")).collect();
    sources.sort();
    sources
}

#[test]
fn expansions_are_as_they_were_read() {
    let overwrite = std::env::var_os("EXPANSION").is_some_and(|value| value == "overwrite");
    let sources = sources();
    assert!(sources.len() >= 10, "they are found: {sources:?}");
    let mut different = Vec::new();
    for path in sources {
        let snapshot = path.with_extension("expanded.rs");
        let now = formatted(&expanded(&std::fs::read_to_string(&path).unwrap()));
        if overwrite {
            std::fs::write(&snapshot, now).unwrap();
        } else if std::fs::read_to_string(&snapshot).ok().as_ref() != Some(&now) {
            // One that isn't there is different too.
            different.push(format!("{}:\n{now}", snapshot.display()));
        }
    }
    assert!(different.is_empty(), "EXPANSION=overwrite writes these anew:\n{}", different.join("\n"));
}

#[test]
fn expansions_fit_on_a_page() {
    for path in sources() {
        let lines = formatted(&expanded(&std::fs::read_to_string(&path).unwrap())).lines().count();
        let pages = if path.ends_with("aggregate.rs") { 2 } else { 1 };
        assert!(lines <= pages * PAGE, "{} becomes {lines} lines", path.display());
    }
}
