//! The layers of the library: a module imports from lower ones only.

use crate::paths::{self, CratePath};
use crate::source::{File, Finding};

/// The top modules of `events/src`, lowest first. Those of one layer don't know each other, except
/// at the bottom.
const LAYERS: &[&[&str]] = &[
    &["text", "hash", "id", "clock", "error"],
    &["event"],
    &["handler"],
    &["store"],
    &["commit", "dead_letter"],
    &["sourcing"],
    &["catalog"],
    &["bus"],
    &["delivery"],
    &["dispatcher"],
    &["testing", "nutrition"],
];

/// What collects the names of all layers, for programs and for generated code.
const ABOVE_ALL: &[&str] = &["prelude", "private"];

pub(crate) fn check(files: &[File]) -> Vec<Finding> {
    let roots = paths::root_names(files);
    let mut findings = Vec::new();
    for file in files {
        let Some(module) = paths::module_of(&file.path) else { continue };
        // `lib.rs` has no layer; the included domain has a rule of its own.
        let Some(own) = module.first().filter(|own| *own != "nutrition" && !ABOVE_ALL.contains(&own.as_str())) else {
            continue;
        };
        let Some(layer) = layer_of(own) else {
            findings.push(file.finding(1, format!("`{own}` has no layer: give it one in tests/tidy/layers.rs")));
            continue;
        };
        for path in paths::of_file(file) {
            if let Some(problem) = problem(own, layer, &path, &roots) {
                findings.push(file.finding(path.line, problem));
            }
        }
    }
    findings
}

fn problem(own: &str, layer: usize, path: &CratePath, roots: &[(String, String)]) -> Option<String> {
    let first = path.segments.first()?;
    let top = match roots.iter().find(|(name, _)| name == first) {
        Some((_, top)) if layer_of(first).is_none() => top,
        _ => first,
    };
    if top == own || top == "events_macros" {
        return None;
    }
    match layer_of(top) {
        Some(other) if other < layer || (other == 0 && layer == 0) => None,
        Some(other) => Some(format!("`{own}` (layer {layer}) imports from `{top}` (layer {other})")),
        None => Some(format!("`{own}` (layer {layer}) imports `{top}`, which is above all layers or has none")),
    }
}

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

#[cfg(test)]
mod tests {
    use crate::source::found;

    #[test]
    fn upwards_and_sideways_imports_are_found() {
        let files = [
            ("events/src/lib.rs", "pub use dispatcher::EventDispatcher;\npub use id::EventId;\n"),
            ("events/src/store/memory/mod.rs", "use crate::id::Version;\nuse crate::bus::Table;\n"),
            ("events/src/commit/mod.rs", "use crate::dead_letter::X;\nfn f(_: crate::EventDispatcher) {}\n"),
            ("events/src/id/mod.rs", "use crate::clock::now;\nuse crate::EventId;\nuse super::event::E;\n"),
        ];
        assert_eq!(
            found(super::check, &files),
            [
                "events/src/store/memory/mod.rs:2: `store` (layer 3) imports from `bus` (layer 7)",
                "events/src/commit/mod.rs:1: `commit` (layer 4) imports from `dead_letter` (layer 4)",
                "events/src/commit/mod.rs:2: `commit` (layer 4) imports from `dispatcher` (layer 9)",
                "events/src/id/mod.rs:3: `id` (layer 0) imports from `event` (layer 1)",
            ]
        );
    }

    #[test]
    fn a_module_without_a_layer_is_found() {
        let files = [
            ("events/src/helpers.rs", ""),
            ("events/src/bus/mod.rs", "use crate::helpers::x;\nuse crate::prelude::Uuid;\n"),
        ];
        let findings = found(super::check, &files);
        assert_eq!(findings.len(), 3, "{findings:?}");
    }
}
