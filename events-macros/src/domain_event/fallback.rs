//! A stub for an item with mistakes, so that they are the only errors.

use proc_macro2::TokenStream;
use quote::quote;

use super::expand::descriptor;
use super::model::Model;

/// The errors and an implementation that compiles.
pub(crate) fn fallback(model: &Model<'_>, errors: TokenStream) -> TokenStream {
    let (private, ident) = (&model.private, model.ident);
    let (impl_generics, type_generics, where_clause) = model.input.generics.split_for_impl();
    let predicates = where_clause.map(|clause| &clause.predicates).into_iter().flatten();
    let is_generic = !model.input.generics.params.is_empty();
    let bounds = is_generic.then(|| {
        quote!(Self: #private::serde::Serialize + #private::serde::de::DeserializeOwned
            + ::core::marker::Send + ::core::marker::Sync + 'static)
    });
    let id = match model.id() {
        Some(field) => {
            let ty = &field.ty;
            quote!(#ty)
        }
        None => quote!(#private::EventId),
    };
    let descriptor = descriptor(&Model {
        previous: None,
        fields: Vec::new(),
        name: model.name.clone(),
        aggregate: model.aggregate.clone(),
        private: private.clone(),
        ..*model
    });
    quote! {
        #errors
        const _: () = {
            #[automatically_derived]
            impl #impl_generics #private::DomainEvent for #ident #type_generics
            where
                #(#predicates,)*
                #bounds
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
