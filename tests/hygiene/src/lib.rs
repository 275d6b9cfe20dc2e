//! Events, handlers and aggregates in unfriendly surroundings: generated code means what it means
//! whatever is in scope, and no lint finds anything in it.
//!
//! What the documentation of this package shows is what its authors wrote, and the enum of an
//! aggregate's events; `scripts/test docs` compares it with `docs.txt`.

#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#![deny(future_incompatible, nonstandard_style, rust_2018_idioms, rust_2021_compatibility, rust_2024_compatibility)]
#![deny(let_underscore, unused, missing_docs, unreachable_pub, unnameable_types)]
#![deny(missing_debug_implementations, missing_copy_implementations, variant_size_differences)]
#![deny(unused_qualifications, unused_results, unused_lifetimes, unused_import_braces, unused_macro_rules)]
#![deny(single_use_lifetimes, redundant_lifetimes, trivial_casts, trivial_numeric_casts, meta_variable_misuse)]
#![deny(elided_lifetimes_in_paths, explicit_outlives_requirements, non_ascii_idents, unit_bindings)]
#![deny(rustdoc::all)]
#![forbid(unsafe_code)]
#![allow(
    clippy::absolute_paths,
    clippy::arbitrary_source_item_ordering,
    clippy::blanket_clippy_restriction_lints,
    clippy::exhaustive_structs,
    clippy::field_scoped_visibility_modifiers,
    clippy::implicit_return,
    clippy::missing_const_for_fn,
    clippy::missing_docs_in_private_items,
    clippy::missing_inline_in_public_items,
    clippy::missing_panics_doc,
    clippy::module_name_repetitions,
    clippy::must_use_candidate,
    clippy::needless_pass_by_ref_mut,
    clippy::pub_with_shorthand,
    clippy::question_mark_used,
    clippy::redundant_pub_crate,
    clippy::single_call_fn,
    clippy::unused_async,
    clippy::unused_self,
    clippy::double_must_use,
    missing_copy_implementations,
    private_interfaces,
    reason = "what the hand-written code of this package and serde's derives do"
)]

pub mod attributes;
pub mod bare;
pub mod by_macro;
pub mod conditional;
pub mod places;
pub mod raw;
pub mod shadowed;
pub mod shapes;
