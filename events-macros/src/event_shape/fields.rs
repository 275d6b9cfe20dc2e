//! The fields of a struct or a variant.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Field, Fields, Type};

use super::case::Case;
use super::serde::Serde;
use crate::crate_path::Private;
use crate::name::plain;
use crate::tokens::type_text;

/// What serde may say about a field that the shape understands, or that makes no difference to it.
const KNOWN: &[&str] = &[
    "alias",
    "borrow",
    "bound",
    "default",
    "deserialize_with",
    "flatten",
    "getter",
    "rename",
    "serialize_with",
    "skip",
    "skip_deserializing",
    "skip_serializing",
    "skip_serializing_if",
    "with",
];

/// What holds for all fields of a struct or a variant.
#[derive(Clone, Copy)]
pub(super) struct All<'a> {
    pub(super) private: &'a Private,
    /// How their names are changed.
    pub(super) case: Case,
    /// Whether each may be missing.
    pub(super) optional: bool,
    /// The field that is the id of the aggregate.
    pub(super) id: Option<&'a Field>,
}

/// The form of a struct or a variant with these fields; `unit` where it has none.
pub(super) fn form(fields: &Fields, all: All<'_>, unit: TokenStream) -> TokenStream {
    let private = all.private;
    match fields {
        Fields::Unit => unit,
        Fields::Named(fields) => {
            let fields = fields.named.iter().filter_map(|field| named(field, all));
            quote!(#private::shape::object([#(#fields),*]))
        }
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            let content = fields.unnamed.iter().map(|field| content(field, &Serde::of(&field.attrs), private));
            quote!(#private::shape::newtype(#(#content)*))
        }
        Fields::Unnamed(fields) => {
            let read = fields.unnamed.iter().map(|field| (field, Serde::of(&field.attrs)));
            let read = read.filter(|(_, serde)| !is_skipped(serde));
            let contents = read.map(|(field, serde)| content(field, &serde, private));
            quote!(#private::shape::tuple([#(#contents),*]))
        }
    }
}

/// The one field that a transparent struct is, if it can be told.
pub(super) fn only(fields: &Fields) -> Option<&Field> {
    let is_phantom = |ty: &Type| type_text(ty).contains("PhantomData");
    let mut read = fields.iter().filter(|field| !is_skipped(&Serde::of(&field.attrs)) && !is_phantom(&field.ty));
    read.next().filter(|_| read.next().is_none())
}

/// What is stored for a field, by its type.
pub(super) fn content(field: &Field, serde: &Serde, private: &Private) -> TokenStream {
    let text = short(&type_text(&field.ty));
    let with = ["with", "deserialize_with", "serialize_with"];
    if let Some(function) = with.iter().find_map(|key| serde.text(key)) {
        let text = format!("{text} with {function}");
        return quote!(#private::shape::opaque(#text));
    }
    if let Some(key) = serde.other_than(KNOWN) {
        let text = format!("{text} with serde's {key}");
        return quote!(#private::shape::opaque(#text));
    }
    probe(&field.ty, private)
}

/// The shape of a type, if it has one.
pub(super) fn probe(ty: &Type, private: &Private) -> TokenStream {
    let text = short(&type_text(ty));
    quote!((&&&#private::Probe::<#ty>::new(#text)).__event_shape(__shapes))
}

fn named(field: &Field, all: All<'_>) -> Option<TokenStream> {
    let serde = Serde::of(&field.attrs);
    if is_skipped(&serde) {
        return None;
    }
    let private = all.private;
    let content = content(field, &serde, private);
    if serde.has("flatten") {
        return Some(quote!(#private::shape::flat(#content)));
    }
    let name = match serde.text("rename") {
        Some(name) => name,
        None => all.case.field(&plain(field.ident.as_ref()?)),
    };
    let aliases = serde.texts("alias");
    let or_default = (all.optional || serde.has("default")).then(|| quote!(.or_default()));
    let id = all.id.is_some_and(|id| std::ptr::eq(id, field)).then(|| quote!(.id()));
    Some(quote!(#private::shape::field(#name, #content)#or_default #id #(.alias(#aliases))*))
}

/// Whether it is never read. What is only never written may have been written once.
pub(super) fn is_skipped(serde: &Serde) -> bool {
    serde.has("skip") || serde.has("skip_deserializing")
}

/// A type's text without the modules in its paths: `Option<Uuid>` of `Option<uuid::Uuid>`.
pub(super) fn short(text: &str) -> String {
    let is_name = |character: char| character.is_alphanumeric() || character == '_';
    let mut parts = text.split("::");
    let mut short = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let kept = short.trim_end_matches(is_name).len();
        if short.ends_with('>') {
            short.push_str("::");
        } else {
            short.truncate(kept);
        }
        short.push_str(part);
    }
    short
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn a_type_s_text_has_no_modules() {
        for (text, expected) in [
            ("Option<uuid::Uuid>", "Option<Uuid>"),
            ("::core::option::Option<(a::B, c::d::E)>", "Option<(B, E)>"),
            ("<a::T as b::Id>::Key", "<T as Id>::Key"),
            ("u8", "u8"),
        ] {
            assert_eq!(short(text), expected);
        }
    }
}
