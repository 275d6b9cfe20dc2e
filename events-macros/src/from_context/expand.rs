//! The implementation.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DeriveInput, Generics, Index, Lifetime, parse_quote};

use super::attr::fields;
use crate::crate_path::Private;
use crate::tokens::cfgs;

/// A struct of extractors, and the lifetime of the call.
pub(crate) struct Model<'a> {
    input: &'a DeriveInput,
    private: Private,
    /// Those of the struct, with the lifetime of the call.
    generics: Generics,
    call: Lifetime,
}

impl<'a> Model<'a> {
    /// Puts together what the item says.
    pub(crate) fn new(input: &'a DeriveInput, private: Private) -> Self {
        let mut generics = input.generics.clone();
        let own = input.generics.lifetimes().next().map(|parameter| parameter.lifetime.clone());
        let call = own.unwrap_or_else(|| {
            generics.params.insert(0, parse_quote!('__call));
            parse_quote!('__call)
        });
        Self { input, private, generics, call }
    }
}

/// Makes each field by its own extractor, and needs what they need.
pub(crate) fn expand(model: &Model<'_>) -> TokenStream {
    let Model { input, private, call, .. } = model;
    let fields = fields(&input.data);
    let made = fields.iter().enumerate().map(|(index, field)| {
        let (cfgs, ty, at) = (cfgs(&field.attrs), &field.ty, private.at(field.ty.span()));
        let name = field.ident.as_ref().map_or_else(|| Index::from(index).to_token_stream(), ToTokens::to_token_stream);
        // A type that is no extractor is reported where it stands.
        let value = quote_spanned!(field.ty.span()=> <#ty as #at::FromContext<#call>>::from_context(context));
        quote!(#(#cfgs)* #name: #value?)
    });
    let requires = fields.iter().map(|field| {
        let (cfgs, ty) = (cfgs(&field.attrs), &field.ty);
        quote!(#(#cfgs)* <#ty as #private::FromContext<#call>>::requires)
    });
    implementation(
        model,
        &quote! {
            fn from_context(
                context: &#call #private::EventContext<'_>,
            ) -> ::core::result::Result<Self, #private::ExtractError> {
                ::core::result::Result::Ok(Self { #(#made),* })
            }
            fn requires() -> #private::Requirement {
                #private::Requirement::All(const { &[#(#requires),*] })
            }
        },
    )
}

/// The errors, and an extractor that makes nothing.
pub(crate) fn fallback(model: &Model<'_>, errors: TokenStream) -> TokenStream {
    let Model { private, call, .. } = model;
    let stub = implementation(
        model,
        &quote! {
            fn from_context(
                _: &#call #private::EventContext<'_>,
            ) -> ::core::result::Result<Self, #private::ExtractError> {
                ::core::result::Result::Err(#private::ExtractError::new(""))
            }
        },
    );
    quote!(#errors #stub)
}

fn implementation(model: &Model<'_>, body: &TokenStream) -> TokenStream {
    let Model { input, private, generics, call } = model;
    let (ident, import) = (&input.ident, private.import());
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (_, type_generics, _) = input.generics.split_for_impl();
    quote! {
        #[allow(deprecated, reason = "a field may be on its way out")]
        const _: () = {
            #import
            #[automatically_derived]
            impl #impl_generics #private::FromContext<#call> for #ident #type_generics #where_clause {
                #body
            }
        };
    }
}
