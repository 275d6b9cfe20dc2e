//! The implementation.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Field, GenericParam, Type, parse_quote};

use super::case::Case;
use super::choice;
use super::fields::{self, All};
use super::serde::Serde;
use crate::crate_path::Private;
use crate::name::plain;

/// What serde may say about a type that the shape understands, or that makes no difference to it.
const KNOWN: &[&str] = &[
    "bound",
    "content",
    "crate",
    "default",
    "deny_unknown_fields",
    "expecting",
    "from",
    "into",
    "rename",
    "rename_all",
    "rename_all_fields",
    "tag",
    "transparent",
    "try_from",
    "untagged",
];

/// Implements the trait. A type's own parameters have to have a shape; other types needn't.
pub(super) fn expand(input: &DeriveInput, private: &Private, id: Option<&Field>) -> TokenStream {
    let ident = &input.ident;
    let mut generics = input.generics.clone();
    for parameter in &mut generics.params {
        if let GenericParam::Type(parameter) = parameter {
            parameter.bounds.push(parse_quote!(#private::EventShape));
        }
    }
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let form = form(input, private, id);
    quote! {
        #[automatically_derived]
        impl #impl_generics #private::EventShape for #ident #type_generics #where_clause {
            fn shape(shapes: &mut #private::Shapes) -> #private::Shape {
                #[allow(unused_imports, reason = "a type may have no fields")]
                use #private::{ViaName as _, ViaShape as _, ViaWrapper as _};
                #[allow(unused_variables, reason = "a type may have no fields")]
                shapes.of::<Self>(|__shapes| #form)
            }
        }
    }
}

fn form(input: &DeriveInput, private: &Private, id: Option<&Field>) -> TokenStream {
    let serde = Serde::of(&input.attrs);
    let ident = plain(&input.ident);
    if let Some(key) = serde.other_than(KNOWN) {
        let text = format!("{ident} with serde's {key}");
        return quote!(#private::shape::opaque(#text));
    }
    if let Some(text) = serde.text("try_from").or_else(|| serde.text("from"))
        && let Ok(ty) = syn::parse_str::<Type>(&text)
    {
        return fields::probe(&ty, private);
    }
    match &input.data {
        Data::Struct(data) if serde.has("transparent") => match fields::only(&data.fields) {
            Some(field) => fields::content(field, &Serde::of(&field.attrs), private),
            None => quote!(#private::shape::opaque(#ident)),
        },
        Data::Struct(data) => {
            let case = Case::of(serde.text("rename_all"));
            let all = All { private, case, optional: serde.has("default"), id };
            fields::form(&data.fields, all, quote!(#private::shape::unit()))
        }
        Data::Enum(data) => choice::form(data.variants.iter(), &serde, private),
        Data::Union(_) => quote!(#private::shape::opaque(#ident)),
    }
}
