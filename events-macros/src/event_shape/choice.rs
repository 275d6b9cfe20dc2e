//! Enums: how their variants are told apart, and what each holds.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Fields, Variant};

use super::case::Case;
use super::fields::{self, All};
use super::serde::Serde;
use crate::crate_path::Private;
use crate::name::plain;

/// What serde may say about a variant that the shape understands.
const KNOWN: &[&str] = &[
    "alias",
    "bound",
    "borrow",
    "deserialize_with",
    "other",
    "rename",
    "rename_all",
    "serialize_with",
    "skip",
    "skip_deserializing",
    "skip_serializing",
    "untagged",
    "with",
];

/// The form of an enum.
pub(super) fn form<'v>(
    variants: impl Iterator<Item = &'v Variant>,
    container: &Serde,
    private: &Private,
) -> TokenStream {
    let tagging = match (container.text("tag"), container.text("content")) {
        _ if container.has("untagged") => "one of, by what fits first".to_owned(),
        (Some(tag), Some(content)) => format!("one of, by {tag:?}, in {content:?}"),
        (Some(tag), None) => format!("one of, by {tag:?}"),
        (None, _) => "one of".to_owned(),
    };
    let mut numbers = 1..;
    let variants = variants.filter_map(|variant| one(variant, container, private, &mut numbers));
    quote!(#private::shape::choice(#tagging, [#(#variants),*]))
}

fn one(
    variant: &Variant,
    container: &Serde,
    private: &Private,
    numbers: &mut impl Iterator<Item = u32>,
) -> Option<TokenStream> {
    let serde = Serde::of(&variant.attrs);
    if fields::is_skipped(&serde) {
        return None;
    }
    let name = if container.has("untagged") || serde.has("untagged") {
        // They have no names in the store; their order decides.
        format!("#{}", numbers.next().unwrap_or_default())
    } else if serde.has("other") {
        "*".to_owned()
    } else {
        let case = Case::of(container.text("rename_all"));
        serde.text("rename").unwrap_or_else(|| case.variant(&plain(&variant.ident)))
    };
    let aliases = serde.texts("alias");
    let content = content(variant, &serde, container, private);
    Some(quote!(#private::shape::variant(#name, #content)#(.alias(#aliases))*))
}

fn content(variant: &Variant, serde: &Serde, container: &Serde, private: &Private) -> TokenStream {
    let ident = plain(&variant.ident);
    let with = ["with", "deserialize_with", "serialize_with"];
    if let Some(function) = with.iter().find_map(|key| serde.text(key)) {
        let text = format!("{ident} with {function}");
        return quote!(#private::shape::opaque(#text));
    }
    if let Some(key) = serde.other_than(KNOWN) {
        let text = format!("{ident} with serde's {key}");
        return quote!(#private::shape::opaque(#text));
    }
    let case = Case::of(serde.text("rename_all").or_else(|| container.text("rename_all_fields")));
    let all = All { private, case, optional: false, id: None };
    let nothing = quote!(#private::shape::nothing());
    match &variant.fields {
        // Serde writes a variant whose only field is skipped as if it had none.
        Fields::Unnamed(only) if only.unnamed.iter().all(|field| fields::is_skipped(&Serde::of(&field.attrs))) => {
            nothing
        }
        other => fields::form(other, all, nothing),
    }
}
