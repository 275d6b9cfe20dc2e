//! `#[derive(EventShape)]`, and the shape of an event as a part of `#[derive(DomainEvent)]`.

mod case;
mod check;
mod choice;
mod expand;
mod fields;
mod serde;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::attr::{Entries, Form, Key, Keys};
use crate::crate_path::Private;
use crate::ctxt::Ctxt;

const KEYS: Keys = Keys {
    attribute: "#[event_shape(…)]",
    known: &[Key { name: "crate", form: Form::Text, example: "crate = \"…\"" }],
    refused: &[
        ("rename", "is serde's: the shape takes it from `#[serde(rename = \"…\")]`"),
        ("skip", "is serde's: the shape takes it from `#[serde(skip)]`"),
        ("default", "is serde's: the shape takes it from `#[serde(default)]`"),
        ("opaque", "is what a type without `EventShape` is by itself"),
    ],
};

/// Derives the trait, or reports every mistake.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut cx = Ctxt::new();
    let mut entries = Entries::default();
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("event_shape")) {
        entries.add_attribute(&KEYS, attribute, &mut cx);
    }
    let private = Private::of(&entries, &mut cx);
    check::check(&input, &mut cx);
    if !cx.is_clean() {
        return cx.into_compile_errors();
    }
    let (import, shape) = (private.import(), of_event(&input, &private, None));
    quote::quote! {
        #[allow(deprecated, reason = "the type may be on its way out")]
        const _: () = {
            #import
            #shape
        };
    }
}

/// The implementation of the trait; of an event the field of its id is known.
pub(crate) fn of_event(input: &DeriveInput, private: &Private, id: Option<&syn::Field>) -> TokenStream {
    expand::expand(input, private, id)
}
