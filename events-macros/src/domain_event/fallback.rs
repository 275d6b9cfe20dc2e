//! A stub for an item with mistakes, so that they are the only errors.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Data;

use super::expand::descriptor;
use super::model::Model;

/// The errors and an implementation that compiles.
pub(crate) fn fallback(model: &Model<'_>, errors: TokenStream) -> TokenStream {
    let (private, ident) = (&model.private, model.ident);
    let is_borrowed = model.input.generics.lifetimes().next().is_some();
    if is_borrowed || matches!(model.input.data, Data::Union(_)) {
        // Serde can't read it back for every lifetime, or has no derive for it: a stub would only add
        // errors.
        return errors;
    }
    let (impl_generics, type_generics, where_clause) = model.input.generics.split_for_impl();
    let predicates = where_clause.map(|clause| &clause.predicates).into_iter().flatten();
    let (import, id, descriptor) = (private.import(), id_type(model), stub_descriptor(model));
    quote! {
        #errors
        const _: () = {
            #import
            #[automatically_derived]
            impl #impl_generics #private::DomainEvent for #ident #type_generics
            where
                #(#predicates,)*
                for<'any> Self: #private::Storable + #private::Shareable,
            {
                type Id = #id;
                #descriptor
                fn aggregate_id(&self) -> ::core::option::Option<&Self::Id> {
                    ::core::option::Option::None
                }
                fn decode(
                    version: #private::SchemaVersion,
                    data: &::core::primitive::str,
                ) -> ::core::result::Result<Self, #private::DecodeError> {
                    #private::decode::<Self>(version, data)
                }
            }
        };
    }
}

fn id_type(model: &Model<'_>) -> TokenStream {
    let private = &model.private;
    match model.id() {
        Some(field) => field.ty.to_token_stream(),
        None => quote!(#private::EventId),
    }
}

/// Without what may be wrong.
fn stub_descriptor(model: &Model<'_>) -> TokenStream {
    descriptor(
        &Model {
            previous: None,
            fields: Vec::new(),
            name: model.name.clone(),
            aggregate: model.aggregate.clone(),
            private: model.private.clone(),
            ..*model
        },
        TokenStream::new(),
    )
}
