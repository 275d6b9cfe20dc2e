//! A stub for an item with mistakes, so that they are the only errors.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Attribute;

use super::expand;
use super::model::Owner;
use crate::crate_path::Private;

/// The errors, and an item without a handler.
pub(crate) fn fallback(private: &Private, owner: &Owner<'_>, cfgs: &[&Attribute], errors: TokenStream) -> TokenStream {
    let (twin, owner) = expand::owner(owner, cfgs);
    let import = private.import();
    let item = expand::item_impl(private, &owner, quote!(&[]));
    quote! {
        #errors
        #twin
        #(#cfgs)*
        const _: () = {
            #import
            #item
        };
    }
}
